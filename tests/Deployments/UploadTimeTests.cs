using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using RootCx.Core.Errors;
using RootCx.Functions.Deployments;

namespace RootCx.Tests.Deployments;

/// <summary>Uploads that drip.</summary>
public sealed class UploadTimeTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(50);

    [Theory]
    [InlineData("")]
    [InlineData("--b\r\nContent-Disposition: form-data; name=\"archive\"\r\n\r\nhalf of it")]
    public async Task An_upload_that_does_not_end_in_time_is_refused(string sent)
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(Encoding.UTF8.GetBytes(sent), TestContext.Current.CancellationToken);
        var context = new DefaultHttpContext();
        context.Request.ContentType = "multipart/form-data; boundary=b";
        context.Request.Body = pipe.Reader.AsStream();

        var refused = await Assert.ThrowsAsync<RefusedException>(() => FirstField.TakeAsync(
            context.Request,
            "archive",
            Limit,
            TimeProvider.System,
            async (archive, stop) =>
            {
                await archive.CopyToAsync(Stream.Null, stop);
                return true;
            }));
        Assert.Equal(Refusal.TooSlow, refused.Refusal);
        Assert.Equal("the upload took longer than 0 s", refused.Message);
    }
}
