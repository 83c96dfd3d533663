using System.Text;

namespace RootCx.Tests.Deployments.Archives;

/// <summary>Archives that are refused, each with the message that says so.</summary>
internal static class HostileArchives
{
    private static readonly byte[] Fine = new TarBuilder().File("index.ts").File("noise", TarBuilder.Noise(1, 5000)).ToTar();

    public static IReadOnlyDictionary<string, (byte[] Archive, string Message)> All { get; } = new Dictionary<string, (byte[], string)>
    {
        ["dotdot first"] = (new TarBuilder().File("../evil").ToGzip(), "unsafe archive entry: ../evil"),
        ["dotdot within"] = (new TarBuilder().File("a/../../evil").ToGzip(), "unsafe archive entry: a/../../evil"),
        ["dotdot last"] = (new TarBuilder().Directory("a/..").ToGzip(), "unsafe archive entry: a/.."),
        ["dotdot that stays inside"] = (new TarBuilder().File("a/../b").ToGzip(), "unsafe archive entry: a/../b"),
        ["dotdot in an AppleDouble name"] = (new TarBuilder().File("../._evil").ToGzip(), "unsafe archive entry: ../._evil"),
        ["absolute"] = (new TarBuilder().File("/rootcx-archive-test").ToGzip(), "unsafe archive entry: /rootcx-archive-test"),
        ["root directory"] = (new TarBuilder().Directory("/").ToGzip(), "unsafe archive entry: /"),
        ["backslash absolute"] = (new TarBuilder().File("\\evil").ToGzip(), "unsafe archive entry: \\evil"),
        ["backslash dotdot"] = (new TarBuilder().File("a\\..\\..\\evil").ToGzip(), "unsafe archive entry: a\\..\\..\\evil"),
        ["drive letter"] = (new TarBuilder().File("C:/evil").ToGzip(), "unsafe archive entry: C:/evil"),
        ["drive letter, relative"] = (new TarBuilder().File("c:evil").ToGzip(), "unsafe archive entry: c:evil"),
        ["control character"] = (new TarBuilder().File("a\u001b[2Jb").ToGzip(), "unsafe archive entry: a\\u001B[2Jb"),
        ["line feed"] = (new TarBuilder().File("a\nb").ToGzip(), "unsafe archive entry: a\\u000Ab"),
        ["NUL in a PAX path"] = (new TarBuilder().Pax('x', ("path", "a\0b")).File("a").ToGzip(), "unsafe archive entry: a\\u0000b"),
        ["not UTF-8"] = (new TarBuilder().Entry("aXb", '0', tweak: header => header[1] = 0xE9).ToGzip(), "unsafe archive entry: a\uFFFDb"),
        ["no name"] = (new TarBuilder().File("").ToGzip(), "archive entry without a name"),
        ["file called ."] = (new TarBuilder().File(".").ToGzip(), "unsafe archive entry: ."),
        ["PAX path with dotdot"] = (new TarBuilder().Pax('x', ("path", "../evil")).File("fine").ToGzip(), "unsafe archive entry: ../evil"),
        ["GNU long name with dotdot"] =
            (new TarBuilder().GnuLong('L', "../evil").Entry("fine", '0', gnu: true).ToGzip(), "unsafe archive entry: ../evil"),
        ["ustar prefix with dotdot"] =
            (new TarBuilder().Entry("evil", '0', tweak: header => TarBuilder.Put(header, 345, "..")).ToGzip(), "unsafe archive entry: ../evil"),
        ["path too long"] = (new TarBuilder().Pax('x', ("path", LongPath(2000))).File("x").ToGzip(), "archive entry has a path of more than 1024 bytes: "),
        ["name too long"] = (new TarBuilder().Pax('x', ("path", new string('n', 256))).File("x").ToGzip(), "archive entry has a name of more than 255 bytes: "),

        ["symlink out"] = (new TarBuilder().SymbolicLink("a/link", "../../outside.txt").ToGzip(), "unsafe archive entry: a/link links to ../../outside.txt"),
        ["symlink absolute"] = (new TarBuilder().SymbolicLink("link", "/etc/passwd").ToGzip(), "unsafe archive entry: link links to /etc/passwd"),
        ["symlink to nothing"] = (new TarBuilder().SymbolicLink("link", "").ToGzip(), "unsafe archive entry: link links to "),
        ["symlink out by PAX"] =
            (new TarBuilder().Pax('x', ("linkpath", "../outside.txt")).SymbolicLink("link", "a").ToGzip(), "unsafe archive entry: link links to ../outside.txt"),
        ["symlink out by GNU long link"] = (
            new TarBuilder().GnuLong('K', "../outside.txt").Entry("link", '2', link: "a", gnu: true).ToGzip(),
            "unsafe archive entry: link links to ../outside.txt"),
        ["symlink with a control character"] = (new TarBuilder().SymbolicLink("link", "a\rb").ToGzip(), "unsafe archive entry: link links to a\\u000Db"),
        ["file through a symlink"] = (
            new TarBuilder().Directory("a").SymbolicLink("link", "a").File("link/file").ToGzip(),
            "unsafe archive entry: link/file would be written through the link link"),
        ["directory through a symlink"] = (
            new TarBuilder().SymbolicLink("link", "a").Directory("link").ToGzip(), "unsafe archive entry: link would be written through the link link"),
        ["file over a symlink"] = (
            new TarBuilder().SymbolicLink("link", "a").File("link").ToGzip(), "archive has different entries of the same name: link"),
        ["symlink over a file"] = (
            new TarBuilder().File("a").SymbolicLink("a", "b").ToGzip(), "archive has different entries of the same name: a"),
        ["different symlinks"] = (
            new TarBuilder().SymbolicLink("link", "a").SymbolicLink("link", "b").ToGzip(), "archive has different entries of the same name: link"),
        ["hard link out"] = (new TarBuilder().HardLink("a/link", "../outside.txt").ToGzip(), "unsafe archive entry: a/link links to ../outside.txt"),
        ["hard link absolute"] = (new TarBuilder().HardLink("link", "/etc/passwd").ToGzip(), "unsafe archive entry: link links to /etc/passwd"),
        ["hard link to nothing"] =
            (new TarBuilder().HardLink("link", "later").File("later").ToGzip(), "archive entry link links to later, which is no file before it"),
        ["hard link to a directory"] =
            (new TarBuilder().Directory("a").HardLink("link", "a").ToGzip(), "archive entry link links to a, which is no file before it"),
        ["hard link to a symlink, elsewhere"] = (
            new TarBuilder().File("x/a").SymbolicLink("x/link", "a").HardLink("copy", "x/link").HardLink("copy", "x/a").ToGzip(),
            "archive has different entries of the same name: copy"),

        ["fifo"] = (new TarBuilder().Entry("pipe", '6').ToGzip(), "unsafe archive entry: pipe is a fifo"),
        ["character device"] = (new TarBuilder().Entry("tty", '3').ToGzip(), "unsafe archive entry: tty is a character device"),
        ["block device"] = (new TarBuilder().Entry("disk", '4').ToGzip(), "unsafe archive entry: disk is a block device"),
        ["sparse file"] = (new TarBuilder().Pax('x', ("GNU.sparse.major", "1")).File("holes").ToGzip(), "unsafe archive entry: holes is a sparse file"),
        ["old sparse file"] = (new TarBuilder().Entry("holes", 'S', gnu: true).ToGzip(), "extract archive: unsupported type of entry"),
        ["unknown type"] = (new TarBuilder().Entry("what", 'Z').ToGzip(), "unsafe archive entry: what is of type 'Z'"),

        ["same name, other content"] = (new TarBuilder().File("a", "1").File("./a", "2").ToGzip(), "archive has different entries of the same name: ./a"),
        ["same name, longer"] = (new TarBuilder().File("a", "1").File("a", "12").ToGzip(), "archive has different entries of the same name: a"),
        ["case of files"] = (new TarBuilder().File("a.ts").File("A.ts").ToGzip(), "archive entries differ only in case: a.ts, A.ts"),
        ["case of directories"] = (new TarBuilder().File("x/Lib/a").File("x/lib/b").ToGzip(), "archive entries differ only in case: x/Lib, x/lib"),
        ["file, then directory"] = (new TarBuilder().File("a").Directory("a").ToGzip(), "archive entry is both a file and a directory: a"),
        ["file, then below it"] = (new TarBuilder().File("a").File("a/b").ToGzip(), "archive entry is both a file and a directory: a"),
        ["directory, then file"] = (new TarBuilder().File("a/b").File("a").ToGzip(), "archive entry is both a file and a directory: a"),

        ["zero bytes"] = ([], "empty archive"),
        ["one byte"] = ([0x1F], "extract archive: not a gzip file"),
        ["text"] = ("not an archive"u8.ToArray(), "extract archive: not a gzip file"),
        ["zip"] = ("PK\u0003\u0004 and so on"u8.ToArray(), "extract archive: not a gzip file (it looks like a zip archive)"),
        ["plain tar"] = (Fine, "extract archive: not a gzip file"),
        ["gzip mark only"] = ([0x1F, 0x8B], "extract archive: truncated"),
        ["gzip header only"] = (TarBuilder.Gzip(Fine)[..10], "extract archive: truncated"),
        ["gzip with another method"] = ([0x1F, 0x8B, 7, .. new byte[100]], "extract archive: corrupt gzip data"),
        ["gzip cut in the first header"] = (TarBuilder.Gzip(Fine)[..40], "extract archive: truncated"),
        ["gzip cut in content"] = (TarBuilder.Gzip(Fine)[..2000], "extract archive: truncated"),
        ["gzip cut in the checksum"] = (TarBuilder.Gzip(Fine)[..^6], "extract archive: truncated"),
        ["gzip with a wrong checksum"] = (WrongChecksum(), "extract archive: corrupt gzip data"),
        ["gzip of short text"] = (TarBuilder.Gzip("hello"u8.ToArray()), "extract archive: not a tar archive"),
        ["gzip of long text"] = (TarBuilder.Gzip(Encoding.UTF8.GetBytes(new string('t', 5000))), "extract archive: not a tar archive"),
        ["tar cut in a header"] = (TarBuilder.Gzip(Fine[..1300]), "extract archive: truncated"),
        ["tar cut in content"] = (TarBuilder.Gzip(Fine[..2500]), "extract archive: truncated"),
        ["wrong header checksum, first"] = (TarBuilder.Gzip(Changed(Fine, 2)), "extract archive: not a tar archive"),
        ["wrong header checksum, later"] = (TarBuilder.Gzip(Changed(Fine, 1024)), "extract archive: corrupt tar header after index.ts"),
        ["negative size"] = (Sized([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE]), "extract archive: "),
        ["garbage size"] = (Sized("99zz!!garbag"u8.ToArray()), "extract archive: "),
        ["size that no file has"] = (Sized([0x80, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]), "archive unpacks to more than 536870912 bytes"),
        ["PAX size beyond the end"] = (new TarBuilder().Pax('x', ("size", "100000")).File("a").ToGzip(), "extract archive: truncated"),
        ["PAX size negative"] = (new TarBuilder().Pax('x', ("size", "-512")).File("a").ToGzip(), "extract archive: "),
        ["PAX size that no file has"] = (new TarBuilder().Pax('x', ("size", "9223372036854775807")).File("a").ToGzip(), "archive unpacks to more than 536870912 bytes"),
        ["PAX size not a number"] = (new TarBuilder().Pax('x', ("size", "many")).File("a").ToGzip(), "extract archive: corrupt tar header"),
        ["PAX records with wrong lengths"] =
            (new TarBuilder().Entry("p", 'x', "999 path=a\n"u8.ToArray()).File("a").ToGzip(), "extract archive: "),
        ["PAX header twice"] = (new TarBuilder().Pax('x', ("path", "a")).Pax('x', ("path", "b")).File("c").ToGzip(), "extract archive: "),
        ["PAX header of two gigabytes"] = (
            new TarBuilder().Entry("p", 'x', tweak: header => TarBuilder.Put(header, 124, "17777777777")).ToGzip(),
            "archive has an extended header of more than 1048576 bytes"),
        ["GNU long name of two gigabytes"] = (
            new TarBuilder().File("a").Entry("p", 'L', gnu: true, tweak: header => TarBuilder.Put(header, 124, "17777777777")).ToGzip(),
            "archive has an extended header of more than 1048576 bytes"),
        ["GNU long name of a size in base 256"] = (
            new TarBuilder().Entry("p", 'L', gnu: true, tweak: header => new byte[] { 0x80, 0, 0, 0, 0, 0, 0, 0, 0x7F, 0, 0, 0 }.CopyTo(header, 124)).ToGzip(),
            "archive has an extended header of more than 1048576 bytes"),
    };

    public static string LongPath(int length) => string.Concat(Enumerable.Repeat("segment89/", length / 10))[..length].TrimEnd('/');

    private static byte[] Changed(byte[] bytes, int at) => [.. bytes[..at], (byte)(bytes[at] ^ 1), .. bytes[(at + 1)..]];

    private static byte[] WrongChecksum()
    {
        byte[] packed = TarBuilder.Gzip(Fine);
        return Changed(packed, packed.Length - 8);
    }

    private static byte[] Sized(byte[] size) => new TarBuilder().Entry("a", '0', tweak: header => size.CopyTo(header, 124)).ToGzip();
}
