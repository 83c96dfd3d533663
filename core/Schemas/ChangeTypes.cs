namespace RootCx.Core.Schemas;

/// <summary>What can have to be done to a table.</summary>
public static class ChangeTypes
{
    /// <summary>Make it, with its columns, keys and indexes.</summary>
    public const string CreateTable = "create_table";

    /// <summary>Nothing: its entity is gone from the manifest, and the table stays.</summary>
    public const string DropTable = "drop_table";

    /// <summary>Add a column with its key, its index and what it is checked for.</summary>
    public const string AddColumn = "add_column";

    /// <summary>Drop a column with its values, and with views that show it.</summary>
    public const string DropColumn = "drop_column";

    /// <summary>Convert a column's values.</summary>
    public const string AlterType = "alter_type";

    /// <summary>Refuse nulls; those that are there become the default.</summary>
    public const string SetNotNull = "set_not_null";

    /// <summary>Allow nulls.</summary>
    public const string DropNotNull = "drop_not_null";

    /// <summary>Set or change a default; rows that are there keep their values.</summary>
    public const string SetDefault = "set_default";

    /// <summary>Take a default away.</summary>
    public const string DropDefault = "drop_default";

    /// <summary>Allow these values only.</summary>
    public const string UpdateEnum = "update_enum";

    /// <summary>Allow any value.</summary>
    public const string DropEnum = "drop_enum";

    /// <summary>Make a column of a table that is there point to rows.</summary>
    public const string AddForeignKey = "add_foreign_key";

    /// <summary>Let a column hold anything that it pointed with.</summary>
    public const string DropForeignKey = "drop_foreign_key";

    /// <summary>Change what becomes of rows whose target is deleted.</summary>
    public const string AlterDeleteRule = "alter_fk_delete_rule";

    /// <summary>Refuse the same value twice in a column of a table that is there.</summary>
    public const string AddUnique = "add_unique";

    /// <summary>Allow it.</summary>
    public const string DropUnique = "drop_unique";

    /// <summary>Make the index by which other apps find the same thing.</summary>
    public const string AddIdentityIndex = "add_identity_index";

    /// <summary>Drop it.</summary>
    public const string DropIdentityIndex = "drop_identity_index";

    /// <summary>Make an index.</summary>
    public const string AddIndex = "add_index";

    /// <summary>Make an index of that name anew, with other columns or another uniqueness.</summary>
    public const string ReplaceIndex = "replace_index";

    /// <summary>Drop an index.</summary>
    public const string DropIndex = "drop_index";
}
