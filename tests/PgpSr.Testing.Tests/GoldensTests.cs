namespace PgpSr.Testing.Tests;

public sealed class GoldensTests
{
    [Fact]
    public void Every_folder_holds_a_case() => Assert.All(Goldens.Folders, folder => Assert.NotEmpty(Goldens.In(folder)));

    [Fact]
    public void Every_case_is_of_a_kind_that_a_test_knows() =>
        Assert.All(Goldens.All, path => Assert.Contains(Goldens.KindOf(path), GoldenKinds.All));

    [Fact]
    public void The_repository_holds_a_case_of_every_kind() =>
        Assert.Equal(GoldenKinds.All.Order(StringComparer.Ordinal),
            Goldens.In(Goldens.RepositoryFolder).Concat(Goldens.In(Goldens.PublicFolder)).Select(Goldens.KindOf).Distinct()
                .Order(StringComparer.Ordinal));

    [Fact]
    public void A_case_without_its_metadata_is_refused()
    {
        string path = Directory.EnumerateFiles(Path.Combine(Goldens.RepositoryFolder, "safetensors"), "all_dtypes.safetensors").Single();
        Assert.Throws<InvalidDataException>(() => GoldenCase.Open(path).Dispose());
    }
}
