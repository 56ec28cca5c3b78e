using System.CommandLine;
using PgpSr.Managed;
using PgpSr.Models;
using PgpSr.Text;

namespace PgpSr.CommandLine;

/// <summary>Text for models that take some: <c>--prompt</c>, <c>--negative-prompt</c>, or embeddings made before.</summary>
sealed class PromptOptions
{
    /// <summary>What help calls the value of an option that may be empty.</summary>
    public const string Text = "TEXT";

    // Where diffusers' checkpoints keep CLIP's vocabulary.
    const string TokenizerFolder = "tokenizer";

    readonly Option<string?> _prompt = new("--prompt") { Description = "what the picture shows, for models that take a prompt", HelpName = Text };
    readonly Option<string?> _negative = new("--negative-prompt") { Description = "what to avoid, for models that take a prompt", HelpName = Text };
    readonly Option<string?> _embeddings = new("--prompt-embeddings")
    {
        Description = "safetensors file with the embeddings of both prompts; the text encoders are then not needed",
        HelpName = "FILE",
    };

    public PromptOptions(Command command)
    {
        command.Options.Add(_prompt);
        command.Options.Add(_negative);
        command.Options.Add(_embeddings);
    }

    /// <summary>The prompt for a model; null for none, which leaves the model its own.</summary>
    /// <exception cref="CommandException">The model takes no text, or text and embeddings were both given.</exception>
    public Prompt? Read(ParseResult arguments, ModelInfo model)
    {
        string? prompt = arguments.GetValue(_prompt), negative = arguments.GetValue(_negative), embeddings = arguments.GetValue(_embeddings);
        bool text = (prompt ?? negative) is not null;
        if (!text && embeddings is null) return null;
        if (text && embeddings is not null) Throw.Usage("--prompt and --prompt-embeddings exclude each other");
        if (model.Kind == ModelKind.OneStep)
            Throw.Usage($"{(text ? "--prompt" : "--prompt-embeddings")}: the model {model.Name} is run with the prompt in its folder, "
                + "prompt.safetensors");
        if (model.Kind is not (ModelKind.FaithDiff or ModelKind.X4Upscaler))
            Throw.Usage($"{(text ? "--prompt" : "--prompt-embeddings")}: the model {model.Name} takes no prompt");
        if (embeddings is not null) return new Prompt { Embeddings = PromptEmbeddings.Load(embeddings) };
        if (File.Exists(model.Source))
            Throw.Usage($"--prompt: {model.Source} holds a prompt's states and no text encoder; give another prompt as --prompt-embeddings, or name the folder");
        ClipTokenizer tokenizer = ClipTokenizer.Load(Path.Combine(model.Source, TokenizerFolder));
        // Stable Diffusion 2's prompts are padded with "!".
        string pad = model.Kind == ModelKind.X4Upscaler ? ClipTokenizer.Bang : ClipTokenizer.EndOfText;
        return new Prompt { Tokens = [.. tokenizer.Encode(prompt ?? "", pad)], NegativeTokens = [.. tokenizer.Encode(negative ?? "", pad)] };
    }
}
