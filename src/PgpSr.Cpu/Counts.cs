namespace PgpSr.Cpu;

/// <summary>A small number as a type, so that the JIT folds branches on it and a kernel of each tile size comes from one source.</summary>
interface ICount
{
    static abstract int Value { get; }
}

readonly struct Count1 : ICount
{
    public static int Value => 1;
}

readonly struct Count2 : ICount
{
    public static int Value => 2;
}

readonly struct Count3 : ICount
{
    public static int Value => 3;
}

readonly struct Count4 : ICount
{
    public static int Value => 4;
}

readonly struct Count5 : ICount
{
    public static int Value => 5;
}

readonly struct Count6 : ICount
{
    public static int Value => 6;
}
