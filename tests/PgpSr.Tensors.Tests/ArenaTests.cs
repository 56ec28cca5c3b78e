using CsCheck;

namespace PgpSr.Tensors.Tests;

public sealed class ArenaTests
{
    // Each number is a request: odd ones return the live block they point to, even ones rent that many bytes.
    static readonly Gen<int[]> s_requests = Gen.Int[0, 4000].Array[0, 300];

    [Fact]
    public void Blocks_never_overlap_and_accounts_agree_with_a_plain_list() =>
        s_requests.Sample(requests =>
        {
            var arena = new Arena();
            arena.AddSegment(1 << 17);
            arena.AddSegment(1 << 12);
            Replay(arena, requests, (live, block) =>
            {
                Assert.All(live, other => Assert.True(
                    other.Segment != block.Segment || other.Start + other.Size <= block.Start || block.Start + block.Size <= other.Start,
                        $"{other} and {block}"));
                Assert.Equal(0, block.Start % Arena.Alignment);
                Assert.True(block.Start + block.Size <= (block.Segment == 0 ? 1 << 17 : 1 << 12));
            });
        });

    [Fact]
    public void What_an_endless_segment_reached_is_enough_for_the_same_requests() =>
        s_requests.Sample(requests =>
        {
            var endless = new Arena();
            endless.AddSegment(RehearsalBackend.Unlimited);
            var planned = Replay(endless, requests, (_, _) => { });
            if (endless.HighWater == 0) return;
            var exact = new Arena();
            exact.AddSegment(endless.HighWater);
            var real = Replay(exact, requests, (_, _) => { });
            Assert.Equal(planned, real);
            Assert.Equal(endless.PeakBytes, exact.PeakBytes);
        });

    [Fact]
    public void All_of_a_segment_can_be_rented_again_after_everything_went_back()
    {
        var arena = new Arena();
        arena.AddSegment(64 * 100);
        var blocks = new List<Arena.Block>();
        while (arena.TryRent(64, out var block)) blocks.Add(block);
        Assert.Equal(100, blocks.Count);
        foreach (var block in blocks.OrderBy(b => b.Start * 7919 % 6400)) arena.Return(block);
        Assert.Equal(0, arena.LiveBytes);
        Assert.True(arena.TryRent(6400, out _));
        Assert.Equal(6400, arena.PeakBytes);
    }

    [Fact]
    public void A_hole_that_fits_is_taken_before_the_end_of_the_segment()
    {
        var arena = new Arena();
        arena.AddSegment(64 * 10);
        arena.TryRent(64 * 4, out var hole);
        arena.TryRent(64 * 4, out _);
        arena.Return(hole);
        arena.TryRent(64, out var block);
        Assert.Equal(0, block.Start);
    }

    static List<(int, Arena.Block)> Replay(Arena arena, int[] requests, Action<List<Arena.Block>, Arena.Block> onRent)
    {
        var live = new List<Arena.Block>();
        var rented = new List<(int, Arena.Block)>();
        long liveBytes = 0, peak = 0;
        for (int i = 0; i < requests.Length; i++)
        {
            if (requests[i] % 2 == 1)
            {
                if (live.Count == 0) continue;
                int at = requests[i] % live.Count;
                arena.Return(live[at]);
                liveBytes -= live[at].Size;
                live.RemoveAt(at);
            }
            else if (arena.TryRent(requests[i], out var block))
            {
                Assert.Equal(Arena.Round(requests[i]), block.Size);
                onRent(live, block);
                live.Add(block);
                rented.Add((i, block));
                liveBytes += block.Size;
                peak = Math.Max(peak, liveBytes);
            }
            Assert.Equal(liveBytes, arena.LiveBytes);
            Assert.Equal(peak, arena.PeakBytes);
        }
        return rented;
    }
}
