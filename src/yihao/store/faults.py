"""What can be wrong with the database server, each with the mend beside it."""

from __future__ import annotations

from yihao.errors import Misconfigured, Unavailable, YihaoError


class BinariesMissing(Misconfigured):
    """The folder that should hold ``postgres`` and ``initdb`` does not, or they do not run here."""

    code = "postgresql_missing"
    zh = (
        "找不到可运行的 PostgreSQL 程序（{folder}）。请重新执行 make setup，或让 YIHAO_PG_BIN 指向本机 "
        "PostgreSQL 17 及以上版本的 bin 目录。"
    )
    en = (
        "No PostgreSQL programs that run here in {folder}. Run `make setup` again, or let YIHAO_PG_BIN name the bin "
        "folder of a local PostgreSQL 17 or newer."
    )


class ServerTooOld(Misconfigured):
    """A local server below 17 (no builtin locale provider), or an external one below 15."""

    code = "postgresql_too_old"
    zh = "{where} 是 PostgreSQL {found}，需要 {needed} 及以上版本。请升级，或去掉该设置以使用内置数据库。"
    en = (
        "{where} is PostgreSQL {found}; {needed} or newer is needed. Upgrade it, or unset it to use the embedded "
        "server."
    )


class ServerEncoding(Misconfigured):
    """An external database that does not store UTF-8 cannot hold Chinese text."""

    code = "database_encoding"
    zh = (
        "外部数据库的编码是 {found}，必须是 UTF8。请用 CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0 新建"
        "数据库。"
    )
    en = (
        "The external database is encoded in {found}; it must be UTF8. Create it with ENCODING 'UTF8' TEMPLATE "
        "template0."
    )


class DatabaseUrl(Misconfigured):
    """``YIHAO_DATABASE_URL`` is not a PostgreSQL URL."""

    code = "database_url"
    zh = "YIHAO_DATABASE_URL 的格式不对，应形如 postgresql://用户:密码@主机:5432/数据库名。"
    en = "YIHAO_DATABASE_URL is not of the form postgresql://user:password@host:5432/database."


class ExternalUnreachable(Unavailable):
    """The external server does not answer, or refuses the account."""

    code = "database_unreachable"
    zh = "连不上 YIHAO_DATABASE_URL 指定的数据库：{why}。请检查主机、端口、账号和密码，以及数据库是否已启动。"
    en = "The database of YIHAO_DATABASE_URL cannot be reached: {why}. Check host, port, account, and that it runs."


class DataInUse(Misconfigured):
    """A second ``yihao up`` on one data folder."""

    code = "data_in_use"
    zh = "数据目录 {data} 正由另一个 yihao 服务使用（{holder}）。请先停止它，或用 --data 指定另一个目录。"
    en = "The data folder {data} is in use by another yihao server ({holder}). Stop that one, or choose another --data."


class FolderClosed(Misconfigured):
    """The data folder cannot be made, read or written by this account."""

    code = "data_folder_closed"
    zh = "当前用户无法读写 {folder}（{why}）。请换用创建该目录的用户运行，或用 --data 指定另一个目录。"
    en = (
        "{folder} cannot be read and written by this user ({why}). Run as the user who made it, or choose "
        "another --data."
    )


class NoRoom(Unavailable):
    """The disk is full: the server cannot be made or started. Data already stored is kept."""

    code = "no_room"
    zh = "{folder} 所在磁盘空间不足，数据库无法启动；已有数据未受影响。请至少腾出 500 MB 后重试。"
    en = "The disk of {folder} is full, so the database cannot start; stored data is untouched. Free 500 MB and retry."


class NoAccount(Misconfigured):
    """Root may not run PostgreSQL, and no account of its own could be made for it."""

    code = "no_server_account"
    zh = (
        "以 root 运行时，数据库需要专用系统账号 yihao，但无法创建或切换到该账号（{why}）。请执行 useradd "
        "--system yihao，或改用普通用户运行。"
    )
    en = (
        "As root the database needs the system account yihao, which could not be made or used ({why}). "
        "Run `useradd --system yihao`, or start as an ordinary user."
    )


class PasswordMissing(Misconfigured):
    """The cluster is there, its password is not: restoring ``keys`` from the backup is the only lawful way in."""

    code = "database_password_missing"
    zh = (
        "数据库已存在（{cluster}），但密码文件 {file} 丢失或不匹配。请从备份恢复 keys 目录；若不需要旧数据，请移"
        "走数据目录后重试。"
    )
    en = (
        "The database exists ({cluster}) but its password in {file} is missing or does not fit. Restore the keys "
        "folder from the backup; if the old data is not needed, move the data folder away."
    )


class OtherVersion(Misconfigured):
    """The cluster was made by another major version of PostgreSQL."""

    code = "database_other_version"
    zh = (
        "{cluster} 由 PostgreSQL {found} 创建，现在的程序是 {needed}。请让 YIHAO_PG_BIN 指向 {found} 版程序；升级"
        "时先 yihao backup，再在新目录 yihao restore。"
    )
    en = (
        "{cluster} was made by PostgreSQL {found}; these programs are {needed}. Let YIHAO_PG_BIN name version {found}; "
        "to upgrade, `yihao backup`, then `yihao restore` into a new folder."
    )


class ClusterBroken(Misconfigured):
    """The folder of the cluster is not one, or PostgreSQL finds it damaged."""

    code = "database_damaged"
    zh = "数据库目录 {cluster} 已损坏或不完整：{why}。请不要手工修改，用 yihao restore 从最近的备份恢复到新目录。"
    en = (
        "The database folder {cluster} is damaged: {why}. Leave it as it is and `yihao restore` the last backup "
        "elsewhere."
    )


class StartFailed(Unavailable):
    """PostgreSQL did not start; its own last words are quoted."""

    code = "database_start_failed"
    zh = "数据库未能启动：{why}。详见日志 {log}。"
    en = "The database did not start: {why}. See its log {log}."


class MigrationBusy(Unavailable):
    """A migration waited longer than its lock or statement time-out; nothing of it was kept."""

    code = "migration_busy"
    zh = "数据库结构升级 {name} 等待超时（有其他操作占用数据表），未做任何改动。请在业务空闲时重试。"
    en = "Migration {name} timed out waiting for others; nothing was changed. Retry when the database is quiet."


class MigrationFailed(YihaoError):
    """A migration's SQL failed; the transaction was rolled back."""

    code = "migration_failed"
    zh = "数据库结构升级 {name} 失败（{why}），已回滚，未做任何改动。请保留日志并联系维护者。"
    en = "Migration {name} failed ({why}) and was rolled back. Keep the log and tell the maintainers."


class DatabaseNewer(Misconfigured):
    """The database holds migrations this version does not know: an older program on newer data."""

    code = "database_newer"
    zh = "数据库由更新版本的 yihao 升级过（{names}），当前版本不认识。请安装更新的版本，或恢复升级前的备份。"
    en = "The database was migrated by a newer yihao ({names}). Install that version, or restore the backup before it."
