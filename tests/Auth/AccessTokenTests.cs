using System.Security.Claims;
using System.Text;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using RootCx.Core.Auth;
using RootCx.Core.Errors;
using RootCx.Tests.Platform;

namespace RootCx.Tests.Auth;

public sealed class AccessTokenTests
{
    private static readonly string First = new('a', 32);
    private static readonly string Second = new('b', 32);
    private static readonly Guid User = Guid.NewGuid();

    private readonly SetClock _clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task A_key_is_changed_without_signing_anybody_out()
    {
        var before = Tokens(First).IssueAccess(User, "a@example.com");
        var after = Tokens(Second, First);
        Assert.Equal(User, (await after.AuthenticateAsync(before)).User!.UserId);
        var fresh = after.IssueAccess(User, "a@example.com");
        Assert.Equal(User, (await after.AuthenticateAsync(fresh)).User!.UserId);
        Assert.NotEqual(new JsonWebToken(before).Kid, new JsonWebToken(fresh).Kid);
        await AssertRefusedAsync("invalid token", Tokens(First).AuthenticateAsync(fresh)); // signed with the new one
        await AssertRefusedAsync("invalid token", Tokens(Second).AuthenticateAsync(before)); // the old one is not accepted for ever
    }

    [Fact]
    public async Task Tokens_are_refused_before_and_after_their_time_with_half_a_minute_of_skew()
    {
        var tokens = Tokens(First);
        var token = tokens.IssueAccess(User, "a@example.com");
        var start = _clock.Now;
        foreach (var (seconds, good) in new[] { (-31, false), (-29, true), (0, true), (929, true), (931, false) })
        {
            _clock.Now = start.AddSeconds(seconds);
            if (good)
            {
                await tokens.AuthenticateAsync(token);
            }
            else
            {
                await AssertRefusedAsync("invalid token", tokens.AuthenticateAsync(token));
            }
        }
    }

    [Theory]
    [InlineData("someone", "rootcx-core", SecurityAlgorithms.HmacSha256, "invalid token")]
    [InlineData("rootcx", "someone", SecurityAlgorithms.HmacSha256, "invalid token")]
    [InlineData("rootcx", "rootcx-core", SecurityAlgorithms.HmacSha384, "invalid token")]
    [InlineData("rootcx", "rootcx-core", SecurityAlgorithms.HmacSha256, null)]
    public async Task Issuer_audience_and_algorithm_are_pinned(string issuer, string audience, string algorithm, string? error)
    {
        var token = Forge(issuer, audience, algorithm, User.ToString(), new Claim("email", "a@example.com"));
        await AssertAsync(error, token);
    }

    [Theory]
    [InlineData("not a uuid", "a@example.com", "invalid token subject")]
    [InlineData("00000000-0000-0000-0000-0000000000aa", "", "invalid token type")]
    [InlineData("00000000-0000-0000-0000-0000000000aa", "a@example.com", null)]
    public async Task What_a_token_says_has_to_make_sense(string subject, string email, string? error) =>
        await AssertAsync(error, Forge("rootcx", "rootcx-core", SecurityAlgorithms.HmacSha256, subject, new Claim("email", email)));

    [Fact]
    public async Task A_refresh_token_says_which_session_and_which_of_its_tokens()
    {
        var tokens = Tokens(First);
        var refresh = new RefreshToken(User, Guid.NewGuid(), Guid.NewGuid());
        var text = tokens.IssueRefresh(refresh, _clock.Now.AddDays(30));
        Assert.Equal(refresh, await tokens.ReadRefreshAsync(text));
        await AssertRefusedAsync("invalid token type", tokens.AuthenticateAsync(text));
        _clock.Now = _clock.Now.AddDays(31);
        await AssertRefusedAsync("invalid refresh token", tokens.ReadRefreshAsync(text));
    }

    private static async Task AssertRefusedAsync<T>(string text, Task<T> authenticating)
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(() => authenticating);
        Assert.Equal((Refusal.Unauthenticated, text), (refused.Refusal, refused.Message));
    }

    private async Task AssertAsync(string? error, string token)
    {
        if (error is null)
        {
            Assert.NotNull((await Tokens(First).AuthenticateAsync(token)).User);
        }
        else
        {
            await AssertRefusedAsync(error, Tokens(First).AuthenticateAsync(token));
        }
    }

    private AccessTokens Tokens(string secret, params string[] previous) =>
        new(Options.Create(new AuthOptions { JwtSecret = secret, PreviousJwtSecrets = previous }), _clock);

    private string Forge(string issuer, string audience, string algorithm, string subject, Claim claim)
    {
        var key = new SymmetricSecurityKey(Encoding.UTF8.GetBytes(First + First)); // long enough for all of them
        var now = _clock.Now.UtcDateTime;
        var signing = algorithm == SecurityAlgorithms.HmacSha256 ? new SymmetricSecurityKey(Encoding.UTF8.GetBytes(First)) : key;
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer,
            Audience = audience,
            IssuedAt = now,
            NotBefore = now,
            Expires = now.AddMinutes(1),
            Subject = new ClaimsIdentity([new Claim("sub", subject), claim]),
            SigningCredentials = new SigningCredentials(signing, algorithm),
        });
    }
}
