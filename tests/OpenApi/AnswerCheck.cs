using System.Text.Json;

namespace RootCx.Tests.OpenApi;

/// <summary>Compares real answers with the description. What the description does not have is the test's failure: either it, or the code, is wrong.</summary>
internal static class AnswerCheck
{
    // Larger ones are lists of what smaller ones have already.
    private const long MostBytes = 1024 * 1024;

    private static readonly List<DescribedRoute> Routes = [.. Described.Operations.Select(operation => new DescribedRoute(operation))];

    /// <summary>Expects an answer to be described: its status, its headers, its type and, if it is JSON that is there as a whole, its body. Routes that are not described are not looked at.</summary>
    /// <param name="answer">To a request that was sent.</param>
    /// <param name="isWhole">Whether the body has been read; a stream is not touched.</param>
    public static async Task RequireDescribedAsync(HttpResponseMessage answer, bool isWhole)
    {
        var request = answer.RequestMessage!; // it was sent
        var path = request.RequestUri!.AbsolutePath; // as above
        if (Routes.Where(route => route.Matches(request.Method.Method, path)).MaxBy(route => route.Literals) is not { } route)
        {
            return;
        }

        var problems = new List<string>();
        var status = (int)answer.StatusCode;
        if (route.AnswerOf(status) is { } described)
        {
            described.CheckHeaders(answer, problems);
            if (request.Method != HttpMethod.Head)
            {
                await CheckBodyAsync(answer, described, isWhole, problems);
            }
        }
        else
        {
            problems.Add($"the description has no {status}");
        }

        if (problems.Count > 0)
        {
            var body = isWhole ? await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken) : "(a stream)";
            Assert.Fail($"{request.Method} {request.RequestUri.PathAndQuery} answered {status}, which is not what {route.Id} is described as:\n{string.Join('\n', problems)}\n{body[..Math.Min(body.Length, 2000)]}");
        }
    }

    /// <summary>Expects the data of a server-sent event to be described.</summary>
    /// <param name="operationId">What the stream answers.</param>
    /// <param name="data">JSON.</param>
    public static void RequireDescribedEvent(string operationId, string data)
    {
        var media = Routes.Single(route => route.Id == operationId).AnswerOf(200)!.MediaOf("text/event-stream")!; // streams have such an answer
        using var value = JsonDocument.Parse(data);
        var problems = Described.Problems(media.Event!, value.RootElement); // and say what is in it
        Assert.True(problems.Count == 0, $"an event of {operationId} is not what is described: {string.Join("; ", problems)}\n{data}");
    }

    private static async Task CheckBodyAsync(HttpResponseMessage answer, DescribedAnswer described, bool isWhole, List<string> problems)
    {
        var type = answer.Content.Headers.ContentType?.MediaType;
        if (described.IsEmpty)
        {
            if (type is not null || answer.Content.Headers.ContentLength > 0)
            {
                problems.Add($"it is described without a body, and has one of type {type}");
            }

            return;
        }

        if (type is null || described.MediaOf(type) is not { } media)
        {
            problems.Add($"its type is {type ?? "missing"}, and described as {string.Join(" or ", described.Types)}");
            return;
        }

        if (isWhole && media.Schema is { } schema && type == "application/json" && answer.Content.Headers.ContentLength <= MostBytes)
        {
            using var value = JsonDocument.Parse(
                await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken), new JsonDocumentOptions { MaxDepth = int.MaxValue }); // some are deep
            schema.Check(value.RootElement, "$", problems);
        }
    }
}
