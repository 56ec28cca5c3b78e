namespace PgpSr.Gpu;

/// <summary>
/// Something that is made at its first use, by one thread, and then stays. A failure does not stay: a kernel that found no memory is loaded when it is asked for
/// again, which <see cref="Lazy{T}"/> would refuse for good.
/// </summary>
/// <param name="make">Makes it.</param>
sealed class MadeOnce<T>(Func<T> make)
{
    readonly Lock _lock = new();
    T? _value;
    volatile bool _isMade;

    /// <summary>Whether it is there.</summary>
    public bool IsMade => _isMade;

    public T Value
    {
        get
        {
            if (_isMade) return _value!;
            lock (_lock)
            {
                if (_isMade) return _value!;
                _value = make();
                _isMade = true;
                return _value;
            }
        }
    }
}
