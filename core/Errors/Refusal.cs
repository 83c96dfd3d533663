namespace RootCx.Core.Errors;

/// <summary>Why a request is refused. Each has one HTTP status; see the API's error mapping.</summary>
public enum Refusal
{
    /// <summary>The request says something that can't be: 400.</summary>
    Invalid,

    /// <summary>Nobody, or nobody we know, is asking: 401.</summary>
    Unauthenticated,

    /// <summary>The caller may not do this: 403.</summary>
    Forbidden,

    /// <summary>What the request names is not there: 404.</summary>
    NotFound,

    /// <summary>What is sent takes too long to arrive: 408.</summary>
    TooSlow,

    /// <summary>The request contradicts the present state: 409.</summary>
    Conflict,

    /// <summary>The request holds for another state of what it names than the present one: 412.</summary>
    PreconditionFailed,

    /// <summary>More bytes than are taken: 413.</summary>
    TooLarge,

    /// <summary>A body of a type that is not taken: 415.</summary>
    UnsupportedType,

    /// <summary>Well-formed, but it can't be carried out, through a fault in what was sent: 422.</summary>
    Unprocessable,

    /// <summary>Tried too often; after a while it is right again: 429.</summary>
    TooMany,

    /// <summary>The worker, or the machinery around it, failed: 500 with the text.</summary>
    Failed,

    /// <summary>A part that is needed is not there at the moment; trying again soon is right: 503.</summary>
    Unavailable,
}
