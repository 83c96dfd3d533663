using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using RootCx.Core.Audit;
using RootCx.Core.Errors;

namespace RootCx.Core.Auth;

/// <summary>
/// Where users are signed in. A refresh token is good for one renewal, which hands out the next one. It answers for a moment longer, since tabs and retries
/// present the same one side by side; after that it can only be a stolen one, or one that was stolen and renewed by the thief, so the session ends.
/// </summary>
public sealed class Sessions(NpgsqlDataSource database, AccessTokens tokens, Identities identities, IOptions<AuthOptions> options)
{
    private const int LongestUserAgent = 200;

    /// <summary>Signs a user in, in the caller's transaction.</summary>
    internal async Task<SignIn> OpenAsync(NpgsqlConnection connection, Guid userId, ClientOrigin client, CancellationToken cancellationToken)
    {
        var session = await connection.QuerySingleAsync<Opened>(new CommandDefinition(
            $"""
            with session as (
              insert into sessions (user_id, expires_at, address, user_agent) values (@userId, now() + @lifetime, @Address, @agent) returning id as session_id, expires_at
            )
            select session.*, token_epoch, {User.Columns} from session cross join users where users.id = @userId
            """,
            new { userId, lifetime = options.Value.RefreshTokenLifetime, client.Address, agent = Agent(client) }, cancellationToken: cancellationToken));
        return await HandOutAsync(connection, session, cancellationToken);
    }

    /// <summary>Renews a session.</summary>
    /// <param name="refreshToken">As it was handed out.</param>
    /// <param name="client">Where it comes from.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RefusedException">It is no refresh token, its session is over, or it was renewed a while ago, which ends the session (401).</exception>
    public async Task<SignIn> RenewAsync(string refreshToken, ClientOrigin client, CancellationToken cancellationToken)
    {
        var presented = await tokens.ReadRefreshAsync(refreshToken);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var session = await connection.QuerySingleOrDefaultAsync<Opened>(new CommandDefinition(
            $"""
            select session.id as session_id, session.expires_at, token_epoch, users.id, email, display_name, users.created_at, disabled_at is not null as disabled
            from sessions session join users on users.id = session.user_id
            where session.id = @SessionId and session.user_id = @UserId and session.expires_at > now()
            for update of session
            """,
            presented, cancellationToken: cancellationToken)) ?? throw await NoSessionAsync(connection, presented.UserId, cancellationToken);
        if (session.Disabled)
        {
            throw Refused("principal disabled");
        }

        var isGood = await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            """
            with presented as (
              update refresh_tokens set replaced_at = coalesce(replaced_at, now()) where id = @TokenId and session_id = @SessionId returning replaced_at
            ),
            gone as (delete from refresh_tokens where session_id = @SessionId and id <> @TokenId and replaced_at < now() - @grace)
            select exists (select from presented where replaced_at >= now() - @grace)
            """,
            new { presented.TokenId, presented.SessionId, grace = options.Value.RefreshGrace }, cancellationToken: cancellationToken));
        if (!isGood)
        {
            await connection.ExecuteAsync(new CommandDefinition("delete from sessions where id = @SessionId", presented, cancellationToken: cancellationToken));
            var actor = new Actor(session.Id, session.Email, client.Address);
            await AuditTrail.RecordAsync(connection, actor, AuditActions.RefreshReused, presented.SessionId.ToString(), cancellationToken: cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            throw Refused("session revoked or expired");
        }

        await connection.ExecuteAsync(new CommandDefinition(
            "update sessions set last_used_at = now(), address = @Address, user_agent = @agent where id = @SessionId",
            new { presented.SessionId, client.Address, agent = Agent(client) }, cancellationToken: cancellationToken));
        var renewed = await HandOutAsync(connection, session, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return renewed;
    }

    /// <summary>Ends the session that a refresh token is of, if it is still there.</summary>
    /// <exception cref="RefusedException">It is no refresh token (401).</exception>
    public async Task EndAsync(string refreshToken, ClientOrigin client, CancellationToken cancellationToken)
    {
        var presented = await tokens.ReadRefreshAsync(refreshToken);
        await EndAsync(new Actor(presented.UserId, null, client.Address), presented.SessionId, cancellationToken);
    }

    /// <summary>Ends one of the actor's own sessions.</summary>
    /// <exception cref="RefusedException">There is none of that id (404).</exception>
    public async Task EndOwnAsync(Actor actor, Guid sessionId, CancellationToken cancellationToken)
    {
        if (!await EndAsync(actor, sessionId, cancellationToken))
        {
            throw new RefusedException(Refusal.NotFound, "session not found");
        }
    }

    /// <summary>Ends all of the actor's sessions, and makes the access tokens of all of them void.</summary>
    public async Task EndAllAsync(Actor actor, CancellationToken cancellationToken)
    {
        var userId = actor.UserId!.Value; // signed in
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await EndAllAsync(connection, userId, except: null, cancellationToken);
        await AuditTrail.RecordAsync(connection, actor, AuditActions.AllSessionsEnded, userId.ToString(), cancellationToken: cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        identities.Changed(userId);
    }

    /// <summary>A user's sessions, the one used last first.</summary>
    public async Task<IReadOnlyList<Session>> ListAsync(Guid userId, Guid? current, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<Session>(new CommandDefinition(
            """
            select id, created_at, last_used_at, expires_at, address, user_agent, id is not distinct from @current as current
            from sessions where user_id = @userId and expires_at > now() order by last_used_at desc, id
            """,
            new { userId, current }, cancellationToken: cancellationToken))).AsList();
    }

    /// <summary>Forgets sessions that are over.</summary>
    public async Task MaintainAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition("delete from sessions where expires_at <= now()", cancellationToken: cancellationToken));
    }

    /// <summary>Ends a user's sessions and makes access tokens void, in the caller's transaction; <see cref="Identities.Changed"/> is to follow.</summary>
    internal static Task<int> EndAllAsync(NpgsqlConnection connection, Guid userId, Guid? except, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition(
            """
            delete from sessions where user_id = @userId and id is distinct from @except;
            update users set token_epoch = token_epoch + 1 where id = @userId
            """,
            new { userId, except }, cancellationToken: cancellationToken));

    private async Task<bool> EndAsync(Actor actor, Guid sessionId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var email = await connection.ExecuteScalarAsync<string>(new CommandDefinition(
            "delete from sessions using users where sessions.id = @sessionId and user_id = @UserId and users.id = user_id returning email",
            new { sessionId, actor.UserId }, cancellationToken: cancellationToken));
        if (email is not null)
        {
            await AuditTrail.RecordAsync(
                connection, actor with { Email = email }, AuditActions.SessionEnded, sessionId.ToString(), cancellationToken: cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return email is not null;
    }

    private async Task<SignIn> HandOutAsync(NpgsqlConnection connection, Opened session, CancellationToken cancellationToken)
    {
        var tokenId = Guid.NewGuid();
        await connection.ExecuteAsync(new CommandDefinition(
            "insert into refresh_tokens (id, session_id) values (@tokenId, @SessionId)", new { tokenId, session.SessionId }, cancellationToken: cancellationToken));
        var refresh = new RefreshToken(session.Id, session.SessionId, tokenId);
        return new SignIn(
            tokens.IssueAccess(session.Id, session.Email, new TokenSession(session.SessionId, session.TokenEpoch)),
            tokens.IssueRefresh(refresh, new DateTimeOffset(session.ExpiresAt)),
            tokens.Lifetime,
            new User(session.Id, session.Email, session.DisplayName, session.CreatedAt));
    }

    private static async Task<RefusedException> NoSessionAsync(NpgsqlConnection connection, Guid userId, CancellationToken cancellationToken) => Refused(
        await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "select exists (select from users where id = @userId)", new { userId }, cancellationToken: cancellationToken))
            ? "session revoked or expired"
            : "user not found");

    private static string? Agent(ClientOrigin client) =>
        client.UserAgent is { } agent ? string.Concat(agent.Take(LongestUserAgent).Where(c => !char.IsControl(c) && !char.IsSurrogate(c))) : null;

    private static RefusedException Refused(string text) => new(Refusal.Unauthenticated, text);

    private sealed class Opened
    {
        public Guid SessionId { get; init; }

        public DateTime ExpiresAt { get; init; }

        public int TokenEpoch { get; init; }

        public Guid Id { get; init; }

        public string Email { get; init; } = "";

        public string? DisplayName { get; init; }

        public DateTime CreatedAt { get; init; }

        public bool Disabled { get; init; }
    }
}
