namespace PgpSr.CommandLine.Evaluate;

/// <summary>
/// Of the pictures of a set the two worth looking at: where the first candidate gains the least and the most over bicubic interpolation. No others are
/// held, however many there are.
/// </summary>
sealed class Extremes
{
    EvaluatedPicture? _least, _most;

    /// <summary>Looks at the next picture.</summary>
    public void Add(EvaluatedPicture picture)
    {
        if (_most is null || picture.Gain > _most.Gain) _most = picture;
        if (_least is null || picture.Gain < _least.Gain) _least = picture;
    }

    /// <summary>Why each is shown, and the picture; one where all are alike.</summary>
    public IEnumerable<(string Why, EvaluatedPicture Picture)> Shown => _most is null ? [] : _most == _least
        ? [("gain", _most)]
        : [("least gain", _least!), ("largest gain", _most)];
}
