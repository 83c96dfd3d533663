using RootCx.Core.Frontends;

namespace RootCx.Tests.Frontends;

public sealed class HashedNameTests
{
    [Theory]
    [InlineData("assets/index-B7xk2_Qa.js")]
    [InlineData("assets/index-_7xK2-Qa.css")]
    [InlineData("assets/index-DiwrgTd8a.js", false)] // nine
    [InlineData("app.3f2a9c1b.js")]
    [InlineData("app-3f2a9c1b.js.map")]
    [InlineData("static/js/main.3f2a9c1b.chunk.js")]
    [InlineData("logo_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.svg")]
    [InlineData("logo_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0.svg", false)] // more than a SHA-256
    [InlineData("chunk-5XYZ2ABC.js")]
    [InlineData("chunk.Ab1cDefghIjklmnopqrs.js")]
    [InlineData("index.html", false)]
    [InlineData("index-B7xk2_Qa.html", false)] // people keep its address
    [InlineData("guide-Level3Up.pdf", false)]
    [InlineData("icon-Chapter2.svg", false)]
    [InlineData("lib-Web3Core.js", false)]
    [InlineData("photo-Rome2024.jpg", false)]
    [InlineData("photo-20240131.jpg", false)]
    [InlineData("scan-deadbeef.png", false)] // a word may be this
    [InlineData("app-3F2A9C1B.js", true)]
    [InlineData("app-3f2a9c1.js", false)] // seven
    [InlineData("report-Quarter1.pdf", false)]
    [InlineData("3f2a9c1b.js", false)]
    [InlineData("a-3f2a9c1b", false)]
    [InlineData("3f2a9c1b-x/app.js", false)]
    [InlineData("bootstrap.min.js", false)]
    [InlineData("", false)]
    [InlineData(".", false)]
    [InlineData("-.js", false)]
    public void A_hash_stands_before_the_extensions(string path, bool isHashed = true) => Assert.Equal(isHashed, HashedName.Is(path));
}
