using System.Globalization;
using System.Text;
using Npgsql;
using NpgsqlTypes;
using RootCx.Core.Errors;
using RootCx.Core.Manifests;

namespace RootCx.Core.Collections;

/// <summary>A statement that is being put together. What comes from outside goes into parameters, never into the text.</summary>
internal sealed class SqlBuilder
{
    private const int MostParameters = 65_535; // that a statement of Postgres may have

    private readonly StringBuilder _text = new();
    private readonly List<NpgsqlParameter> _parameters = [];
    private readonly List<string?> _places = [];

    /// <summary>Adds text.</summary>
    public SqlBuilder Append(string text)
    {
        _text.Append(text);
        return this;
    }

    /// <summary>Adds a value of a column's type and returns its place in the text.</summary>
    /// <param name="type">The column's type.</param>
    /// <param name="value">The value, or null.</param>
    /// <param name="place">Where it stood in what was sent, for the case that the database refuses it.</param>
    /// <exception cref="RefusedException">There are too many (400).</exception>
    public string Add(FieldType type, object? value, string? place = null) => Add(DbType(type), value, place);

    /// <summary>Adds an array of values of a column's type and returns its place in the text.</summary>
    public string AddMany(FieldType type, Array values, string? place = null) => Add(NpgsqlDbType.Array | DbType(type), values, place);

    /// <summary>Adds a value and returns its place in the text.</summary>
    public string Add(NpgsqlDbType type, object? value, string? place = null)
    {
        if (_parameters.Count == MostParameters)
        {
            throw new RefusedException(Refusal.Invalid, $"more than {MostParameters} values in one request");
        }

        _parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value, NpgsqlDbType = type });
        _places.Add(place);
        return string.Create(CultureInfo.InvariantCulture, $"${_parameters.Count}");
    }

    /// <summary>Where the value of a parameter stood in what was sent, if that is known.</summary>
    public string? PlaceOf(int number) => number >= 1 && number <= _places.Count ? _places[number - 1] : null;

    /// <summary>The statement.</summary>
    public NpgsqlCommand ToCommand(NpgsqlConnection connection) => WithParameters(new NpgsqlCommand(_text.ToString(), connection));

    /// <summary>Runs the statement, which counts something.</summary>
    public async Task<long> CountAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = ToCommand(connection);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!; // a count is never null
    }

    /// <summary>The statement as part of a batch.</summary>
    public NpgsqlBatchCommand ToBatchCommand()
    {
        var command = new NpgsqlBatchCommand(_text.ToString());
        foreach (var parameter in _parameters)
        {
            command.Parameters.Add(parameter);
        }

        return command;
    }

    /// <inheritdoc />
    public override string ToString() => _text.ToString();

    private NpgsqlCommand WithParameters(NpgsqlCommand command)
    {
        foreach (var parameter in _parameters)
        {
            command.Parameters.Add(parameter);
        }

        return command;
    }

    private static NpgsqlDbType DbType(FieldType type) => type switch
    {
        FieldType.Text => NpgsqlDbType.Text,
        FieldType.Number => NpgsqlDbType.Double,
        FieldType.Boolean => NpgsqlDbType.Boolean,
        FieldType.Date => NpgsqlDbType.Date,
        FieldType.Timestamp => NpgsqlDbType.TimestampTz,
        FieldType.Json => NpgsqlDbType.Jsonb,
        FieldType.Uuid => NpgsqlDbType.Uuid,
        FieldType.TextArray => NpgsqlDbType.Array | NpgsqlDbType.Text,
        FieldType.NumberArray => NpgsqlDbType.Array | NpgsqlDbType.Double,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, message: null),
    };
}
