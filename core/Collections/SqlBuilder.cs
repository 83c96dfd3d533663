using System.Globalization;
using System.Text;
using Npgsql;
using NpgsqlTypes;
using RootCx.Core.Manifests;

namespace RootCx.Core.Collections;

/// <summary>A statement that is being put together. What comes from outside goes into parameters, never into the text.</summary>
internal sealed class SqlBuilder
{
    private readonly StringBuilder _text = new();

    /// <summary>The parameters, in the order of their numbers.</summary>
    public List<NpgsqlParameter> Parameters { get; } = [];

    /// <summary>Adds text.</summary>
    public SqlBuilder Append(string text)
    {
        _text.Append(text);
        return this;
    }

    /// <summary>Adds a value of a column's type and returns its place in the text.</summary>
    public string Add(FieldType type, object? value) => Add(DbType(type), value);

    /// <summary>Adds an array of values of a column's type and returns its place in the text.</summary>
    public string AddMany(FieldType type, Array values) => Add(NpgsqlDbType.Array | DbType(type), values);

    /// <summary>Adds a value and returns its place in the text.</summary>
    public string Add(NpgsqlDbType type, object? value)
    {
        Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value, NpgsqlDbType = type });
        return string.Create(CultureInfo.InvariantCulture, $"${Parameters.Count}");
    }

    /// <summary>The statement.</summary>
    public NpgsqlCommand ToCommand(NpgsqlConnection connection) => WithParameters(new NpgsqlCommand(_text.ToString(), connection));

    /// <summary>The statement as part of a batch.</summary>
    public NpgsqlBatchCommand ToBatchCommand()
    {
        var command = new NpgsqlBatchCommand(_text.ToString());
        foreach (var parameter in Parameters)
        {
            command.Parameters.Add(parameter);
        }

        return command;
    }

    /// <inheritdoc />
    public override string ToString() => _text.ToString();

    private NpgsqlCommand WithParameters(NpgsqlCommand command)
    {
        foreach (var parameter in Parameters)
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
