namespace RootCx.Core.Storage;

/// <summary>Something in blob storage.</summary>
/// <param name="Name">Its name in its container.</param>
/// <param name="LastModified">When it was written.</param>
public readonly record struct StoredItem(string Name, DateTimeOffset LastModified);
