namespace PgpSr.CommandLine.Tests;

public sealed class ShardTests
{
    [Theory, InlineData(0, 1), InlineData(1, 3), InlineData(7, 3), InlineData(100, 8), InlineData(5, 9)]
    public void Shards_split_a_batch_without_gap_or_overlap_and_evenly(int items, int count)
    {
        int[] all = [.. Enumerable.Range(0, items)];
        var shards = Enumerable.Range(1, count).Select(i => new Shard(i, count).Of(all)).ToList();
        Assert.Equal(all, shards.SelectMany(shard => shard).Order());
        Assert.True(shards.Max(shard => shard.Count) - shards.Min(shard => shard.Count) <= 1);
    }

    [Theory, InlineData("1/1", 1, 1), InlineData("3/8", 3, 8)]
    public void Shards_are_written_as_i_of_n(string text, int index, int count)
    {
        Assert.True(Shard.TryParse(text, out Shard shard));
        Assert.Equal(new Shard(index, count), shard);
    }

    [Theory, InlineData("0/8"), InlineData("9/8"), InlineData("3"), InlineData("1/0"), InlineData("-1/2")]
    [InlineData("a/b"), InlineData("1/2/3"), InlineData("")]
    public void What_is_no_shard_is_refused(string text) => Assert.False(Shard.TryParse(text, out _));
}
