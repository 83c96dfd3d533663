using System.Text;
using RootCx.Core.Channels;

namespace RootCx.Tests.Channels;

public sealed class FrameTests
{
    [Fact]
    public void Frames_come_out_of_a_message_as_they_went_in()
    {
        Frame[] frames =
        [
            new(Bytes("""{"id":1}"""), Bytes("null")),
            new(Bytes("""{"id":2}"""), default),
            new(Bytes("""{"id":3}"""), default, "a-blob"),
            new(Bytes("""{"id":4}"""), Bytes(new string('x', 5000))),
        ];
        using var message = new MemoryStream();
        foreach (var frame in frames)
        {
            var before = message.Length;
            frame.WriteTo(message);
            Assert.Equal(frame.Size, message.Length - before);
        }

        var read = Frame.ReadAll(message.ToArray());
        Assert.Equal(frames.Select(Text), read.Select(Text));
    }

    [Fact]
    public void An_empty_message_has_no_frames() => Assert.Empty(Frame.ReadAll(default));

    [Fact]
    public void A_message_that_was_cut_is_refused_wherever_it_was_cut()
    {
        using var message = new MemoryStream();
        new Frame(Bytes("header"), Bytes("body")).WriteTo(message);
        var whole = message.ToArray();

        for (var length = 1; length < whole.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => Frame.ReadAll(whole.AsMemory(0, length)));
        }
    }

    [Fact]
    public void A_length_that_can_not_be_is_refused()
    {
        Assert.Throws<InvalidDataException>(() => Frame.ReadAll(new byte[] { 0xff, 0xff, 0xff, 0x7f }));
        Assert.Throws<InvalidDataException>(() => Frame.ReadAll(new byte[] { 0xff, 0xff, 0xff, 0xff }));
        Assert.Throws<InvalidDataException>(() => Frame.ReadAll(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0x80 }));
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(Frame frame) => $"{Encoding.UTF8.GetString(frame.Header.Span)}|{Encoding.UTF8.GetString(frame.Body.Span)}|{frame.Blob}";
}
