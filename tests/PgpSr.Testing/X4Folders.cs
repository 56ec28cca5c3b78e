using System.Text.Json;
using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Testing;

/// <summary>The Stable Diffusion x4 upscaler of a golden case as a folder of diffusers', with generated weights and a small text encoder.</summary>
public static class X4Folders
{
    const int Vocabulary = 49408, TextLayers = 2;

    // Words that CLIP's vocabulary has, under its ids.
    static readonly (string Word, int Id)[] s_words =
        [("!", 0), ("cat</w>", 2368), ("blurry</w>", 34567), ("<|startoftext|>", 49406), ("<|endoftext|>", 49407)];

    /// <summary>Writes the folder.</summary>
    public static void Write(string folder, GoldenCase golden)
    {
        ArgumentNullException.ThrowIfNull(golden);
        JsonElement unet = golden.Config.GetProperty("unet"), vae = golden.Config.GetProperty("vae");
        var topology = UnetConfigJson.Read(unet);
        NetworkFolder.Write(folder, "unet", unet.GetRawText(), Unet.Declare(topology), golden.Seed, "");
        NetworkFolder.Write(folder, "vae", vae.GetRawText(), AutoencoderKl.Declare(AutoencoderConfig.Read(vae)), golden.Seed, "vae.");
        foreach (string part in (string[])["scheduler", "low_res_scheduler"])
        {
            Directory.CreateDirectory(Path.Combine(folder, part));
            File.WriteAllText(Path.Combine(folder, part, "scheduler_config.json"), golden.Config.GetProperty(part).GetRawText());
        }
        File.WriteAllText(Path.Combine(folder, "model_index.json"), """{"_class_name": "StableDiffusionUpscalePipeline", "max_noise_level": 350}""");
        WriteText(folder, topology.ContextChannels, golden.Seed);
    }

    static void WriteText(string folder, int width, long seed)
    {
        var clip = new ClipConfig
        {
            Width = width,
            Layers = TextLayers,
            Heads = 1,
            MlpWidth = 16,
            Activation = Activation.Gelu,
            Vocabulary = Vocabulary,
        };
        NetworkFolder.Write(folder, "text_encoder", $$"""
            {"architectures": ["CLIPTextModel"], "hidden_size": {{width}}, "num_hidden_layers": {{TextLayers}}, "num_attention_heads": 1,
             "intermediate_size": 16, "hidden_act": "gelu", "vocab_size": {{Vocabulary}}, "max_position_embeddings": 77, "projection_dim": 8}
            """, ClipTextEncoder.Declare(clip), seed, "text.");
        string tokenizer = Directory.CreateDirectory(Path.Combine(folder, "tokenizer")).FullName;
        File.WriteAllText(Path.Combine(tokenizer, "special_tokens_map.json"), """{"pad_token": "!"}""");
        // Letters and the merges that make the words of them.
        List<(string Word, int Id)> vocabulary = [.. s_words];
        List<string> merges = [];
        foreach (var (word, _) in s_words.Where(entry => entry.Word.EndsWith("</w>", StringComparison.Ordinal)))
        {
            string letters = word[..^"</w>".Length], sofar = "";
            for (int i = 0; i < letters.Length; i++)
            {
                string next = letters[i] + (i == letters.Length - 1 ? "</w>" : "");
                if (!vocabulary.Exists(entry => entry.Word == next)) vocabulary.Add((next, 100 + vocabulary.Count));
                if (i > 0) merges.Add($"{sofar} {next}");
                sofar += next;
                if (i > 0 && !vocabulary.Exists(entry => entry.Word == sofar)) vocabulary.Add((sofar, 100 + vocabulary.Count));
            }
        }
        File.WriteAllText(Path.Combine(tokenizer, "vocab.json"),
            "{" + string.Join(", ", vocabulary.Select(entry => $"\"{entry.Word}\": {entry.Id}")) + "}");
        File.WriteAllLines(Path.Combine(tokenizer, "merges.txt"), ["#version: 0.2", .. merges]);
    }
}
