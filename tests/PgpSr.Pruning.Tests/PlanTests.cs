using PgpSr.Models;

namespace PgpSr.Pruning.Tests;

public sealed class PlanTests
{
    static readonly UnetConfig s_unet = TestModels.Teacher.Unet;

    [Fact]
    public void The_fine_stage_keeps_blocks_by_both_thresholds_and_at_least_one_a_stack()
    {
        var report = Report(("up_blocks.0.attentions.0", [(0.5, 2), (0.1, 2), (0.2, 2)]),
            ("up_blocks.0.attentions.1", [(0.1, 1), (0.15, 1)]), ("up_blocks.0.attentions.2", [(0.9, 0.5)]));
        var plan = Planner.Decide(s_unet, report, new PlanRules { Fine = true });
        Assert.Equal(PrunerTests.Keep(("up_blocks.0.attentions.0", [0, 2]), ("up_blocks.0.attentions.1", [1])), plan);
        var divergent = Planner.Decide(s_unet, report, new PlanRules { Fine = true, TauKl = 3, KeepPerStack = 0 });
        Assert.Equal(PrunerTests.Keep(("up_blocks.0.attentions.0", []), ("up_blocks.0.attentions.1", []), ("up_blocks.0.attentions.2", [])),
            divergent);
        var two = Planner.Decide(s_unet, report, new PlanRules { Fine = true, TauCos = 0.4, KeepPerStack = 2 });
        Assert.Equal(PrunerTests.Keep(("up_blocks.0.attentions.0", [0, 2])), two);
    }

    [Fact]
    public void The_coarse_stage_leaves_first_blocks_and_needs_no_report_unless_the_strongest_are_asked_for()
    {
        var plan = Planner.Decide(s_unet, null, new PlanRules { Coarse = true });
        Assert.Equal(PrunerTests.Keep(("down_blocks.1.attentions.0", [0]), ("down_blocks.1.attentions.1", [0]), ("mid_block.attentions.0", [0])),
            plan);
        Assert.Equal(PruningFault.ReportMisfit,
            Fault(() => Planner.Decide(s_unet, null, new PlanRules { Coarse = true, CoarseKeepsStrongest = true })));
        Assert.Equal(PruningFault.ReportMisfit, Fault(() => Planner.Decide(s_unet, null, new PlanRules { Fine = true })));
        var report = Report(("down_blocks.1.attentions.0", [(0.1, 0), (0.2, 0)]),
            ("down_blocks.1.attentions.1", [(0.1, 0), (0.2, 0), (0.3, 0)]), ("mid_block.attentions.0", [(0.3, 0), (0.2, 0), (0.1, 0)]));
        var strongest = Planner.Decide(s_unet, report, new PlanRules { Coarse = true, CoarseKeepsStrongest = true });
        Assert.Equal(PrunerTests.Keep(("down_blocks.1.attentions.0", [1]), ("down_blocks.1.attentions.1", [2]), ("mid_block.attentions.0", [0])),
            strongest);
        Assert.Equal(PruningFault.ReportMisfit, Fault(() => Planner.Decide(UnetConfig.Sdxl, report, new PlanRules { Fine = true })));
        // Of the model before it was pruned: this stack had three blocks more.
        var longer = Report(("down_blocks.1.attentions.0", [(0.1, 0), (0.2, 0), (0.2, 0)]), ("down_blocks.1.attentions.1", [(0.1, 0), (0.2, 0), (0.3, 0), (0.4, 0), (0.5, 0), (0.6, 0)]),
            ("mid_block.attentions.0", [(0.3, 0), (0.2, 0), (0.1, 0), (0.1, 0)]));
        Assert.Equal(PruningFault.ReportMisfit, Fault(() => Planner.Decide(s_unet, longer, new PlanRules { Coarse = true, CoarseKeepsStrongest = true })));
    }

    [Theory]
    [InlineData("up_blocks.7.attentions.0", new[] { 0 }, "no such stack")]
    [InlineData("up_blocks.0.attentions.0", new[] { 3 }, "0 to 2")]
    [InlineData("up_blocks.0.attentions.0", new[] { -1 }, "0 to 2")]
    [InlineData("up_blocks.0.attentions.0", new[] { 1, 0 }, "ascend")]
    [InlineData("up_blocks.0.attentions.0", new[] { 1, 1 }, "ascend")]
    public void A_plan_that_names_what_the_model_has_not_is_refused(string stack, int[] blocks, string named)
    {
        var error = Assert.Throws<PruningException>(() => PlannedTopology.Of(s_unet, PrunerTests.Keep((stack, blocks))));
        Assert.Equal((PruningFault.PlanMisfit, stack), (error.Fault, error.Subject));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("down_blocks.0.resnets.1", "as many must go up as down")] // a skip too few
    [InlineData("down_blocks.0.resnets.9 up_blocks.1.resnets.1", "no such ResNet")]
    [InlineData("mid_block.resnets.0", "no such ResNet")]
    [InlineData("down_blocks.1.resnets.0 up_blocks.0.resnets.1", "made for 24 channels")] // the level's first ResNet changes the channels
    [InlineData("down_blocks.1.resnets.1 up_blocks.0.resnets.2", "made for a skip of")] // survivors would meet the wrong skips
    [InlineData("down_blocks.0.resnets.0 down_blocks.0.resnets.1 up_blocks.1.resnets.0 up_blocks.1.resnets.1", "at least one")]
    public void Pairs_whose_removal_leaves_others_without_what_they_were_made_for_are_refused(string pairs, string named)
    {
        var plan = new PruningPlan { RemovePairs = [.. pairs.Split(' ')] };
        var error = Assert.Throws<PruningException>(() => PlannedTopology.Of(s_unet, plan));
        Assert.Equal(PruningFault.PlanMisfit, error.Fault);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_go_where_the_plan_says()
    {
        var plan = PrunerTests.Keep(("up_blocks.0.attentions.2", [1, 4])) with { RemovePairs = ["down_blocks.2.resnets.1", "up_blocks.0.resnets.1"] };
        var planned = PlannedTopology.Of(UnetConfig.Sdxl, plan);
        Assert.Equal("up_blocks.0.attentions.1.transformer_blocks.1.attn1.to_q.weight",
            planned.Rename("up_blocks.0.attentions.2.transformer_blocks.4.attn1.to_q.weight"));
        Assert.Null(planned.Rename("up_blocks.0.attentions.2.transformer_blocks.0.attn1.to_q.weight"));
        Assert.Null(planned.Rename("up_blocks.0.attentions.1.norm.weight"));
        Assert.Equal("up_blocks.0.resnets.1.conv1.weight", planned.Rename("up_blocks.0.resnets.2.conv1.weight"));
        foreach (string kept in (string[])["conv_in.weight", "up_blocks.0.upsamplers.0.conv.bias",
            "mid_block.resnets.1.norm1.weight", "phase_adapters.0.conv_2.bias", "denoise_encoder.down_blocks.0.resnets.1.conv1.weight"])
            Assert.Equal(kept, planned.Rename(kept));
        // The result holds exactly what the smaller topology declares.
        var renamed = Unet.Declare(UnetConfig.Sdxl).Select(t => (Name: planned.Rename(t.Name), t.Shape)).Where(t => t.Name is not null);
        Assert.Equal(Unet.Declare(planned.After).Select(t => (t.Name, t.Shape)).OrderBy(t => t.Name, StringComparer.Ordinal),
            renamed.Select(t => (t.Name!, t.Shape)).OrderBy(t => t.Item1, StringComparer.Ordinal));
    }

    [Fact]
    public void A_plan_survives_its_JSON()
    {
        var plan = PrunerTests.Keep(("mid_block.attentions.0", [0, 2]), ("up_blocks.0.attentions.1", [])) with
        {
            RemovePairs = ["down_blocks.0.resnets.1", "up_blocks.1.resnets.1"],
            InsertPeam = PhasePlacement.Decoder,
        };
        Assert.Equal(plan, PruningPlan.Parse(plan.ToJson(), "plan.json"));
        Assert.Equal(PruningPlan.KeepAll, PruningPlan.Parse("""{ "format": "pgpsr.pruning-plan.1" }""", "plan.json"));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{ "keep": {} }""")]
    [InlineData("""{ "format": "pgpsr.pruning-plan.2" }""")]
    [InlineData("""{ "format": "pgpsr.pruning-plan.1", "kept": {} }""")]
    [InlineData("""{ "format": "pgpsr.pruning-plan.1", "keep": null }""")]
    [InlineData("""{ "format": "pgpsr.pruning-plan.1", "keep": { "mid_block.attentions.0": null } }""")]
    [InlineData("""{ "format": "pgpsr.pruning-plan.1", "keep": { "mid_block.attentions.0": ["0"] } }""")]
    [InlineData("""{ "format": "pgpsr.pruning-plan.1", "insert_peam": "middle" }""")]
    [InlineData("""{ "format": "pgpsr.pruning-plan.1", "remove_pairs": [null] }""")]
    public void What_is_no_plan_is_refused_by_its_file(string json)
    {
        var error = Assert.Throws<PruningException>(() => PruningPlan.Parse(json, "plan.json"));
        Assert.Equal((PruningFault.Malformed, "plan.json"), (error.Fault, error.Subject));
    }

    static PruningFault Fault(Action action) => Assert.Throws<PruningException>(action).Fault;

    static PruningReport Report(params (string Stack, (double Phi, double Psi)[] Blocks)[] stacks) => ReportTests.Sample() with
    {
        Blocks = [.. stacks.SelectMany(s =>
            s.Blocks.Select((b, i) =>
            new BlockScore($"{s.Stack}.transformer_blocks.{i}", BlockStack.PartOf(s.Stack), [b.Phi], [b.Psi], b.Phi, b.Psi)))],
    };
}
