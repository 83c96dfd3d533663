using System.Net;

namespace RootCx.Tests.Faults;

/// <summary>The book that the fault tests trust notices what must not be.</summary>
public sealed class CallBookTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    [Fact]
    public void Results_clear_errors_and_calls_that_ran_once_are_fine()
    {
        var book = BookOf(Fine("a"), new CallOutcome("b", HttpStatusCode.InternalServerError, """{"error":"worker error: worker not running"}""", Timeout));
        Assert.Empty(book.Complaints(["a", "b"], Timeout, mayBreak: false));
        Assert.Equal((1, 1), (book.Succeeded, book.Failures.Count));
    }

    [Theory]
    [InlineData(HttpStatusCode.OK, "\"b\"")] // another call's
    [InlineData(HttpStatusCode.OK, "")]
    [InlineData(HttpStatusCode.InternalServerError, "")]
    [InlineData(HttpStatusCode.ServiceUnavailable, "<html>")]
    [InlineData(HttpStatusCode.ServiceUnavailable, "{}")]
    [InlineData(HttpStatusCode.ServiceUnavailable, """{"error":1}""")]
    [InlineData(HttpStatusCode.NotFound, """{"error":"app not found"}""")]
    [InlineData(null, "connection refused")]
    public void Anything_but_a_result_or_a_clear_error_is_not(HttpStatusCode? status, string text) =>
        Assert.Single(BookOf(new CallOutcome("a", status, text, TimeSpan.Zero)).Complaints(["a"], Timeout, mayBreak: false));

    [Fact]
    public void Nor_is_a_handler_that_ran_twice_or_never_or_an_answer_that_came_late()
    {
        Assert.Equal(["a ran 2 times"], BookOf(Fine("a")).Complaints(["a", "b", "a"], Timeout, mayBreak: false));
        Assert.Equal(["a has a result and did not run"], BookOf(Fine("a")).Complaints([], Timeout, mayBreak: false));
        Assert.Equal(["a took 41.0 s"], BookOf(Fine("a") with { Elapsed = TimeSpan.FromSeconds(41) }).Complaints(["a"], Timeout, mayBreak: false));
    }

    [Fact]
    public void Connections_may_break_when_the_test_says_so() =>
        Assert.Empty(BookOf(new CallOutcome("a", null, "reset", TimeSpan.Zero)).Complaints([], Timeout, mayBreak: true));

    private static CallOutcome Fine(string id) => new(id, HttpStatusCode.OK, $"\"{id}\"", TimeSpan.Zero);

    private static CallBook BookOf(params CallOutcome[] outcomes)
    {
        var book = new CallBook();
        Array.ForEach(outcomes, book.Add);
        return book;
    }
}
