package store

import (
	"database/sql"
	"errors"
	"net/url"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// connect makes the one connection that writes. It fsyncs every transaction.
func connect(path string) (*sql.DB, error) {
	return openSQLite(path, 1, url.Values{
		"mode":    {"rw"},
		"_txlock": {"immediate"},
		"_pragma": {
			"busy_timeout(5000)",
			"synchronous(FULL)",
			"foreign_keys(1)",
			"cache_size(-2048)",
			"temp_store(MEMORY)",
			"journal_size_limit(4194304)",
		},
	})
}

// connectBeside makes connections that read while connect's writes.
func connectBeside(path string) (*sql.DB, error) {
	return openSQLite(path, 4, url.Values{"mode": {"rw"}, "_pragma": readPragmas()})
}

// connectWAL makes connections that read and write nothing, not even to the
// index of the write-ahead log. It needs the -shm file to exist.
func connectWAL(path string) (*sql.DB, error) {
	return openSQLite(path, 4, url.Values{"mode": {"ro"}, "readonly_shm": {"1"}, "_pragma": readPragmas()})
}

// connectStill makes connections that read a file which nobody writes to.
func connectStill(path string) (*sql.DB, error) {
	return openSQLite(path, 4, url.Values{"mode": {"ro"}, "immutable": {"1"}, "_pragma": readPragmas()})
}

func readPragmas() []string {
	return []string{"busy_timeout(5000)", "query_only(1)", "cache_size(-512)", "temp_store(MEMORY)"}
}

func openSQLite(path string, conns int, query url.Values) (*sql.DB, error) {
	dsn := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: query.Encode()}
	connector, err := sqlite.NewConnector(dsn.String())
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(1)
	if conns > 1 {
		db.SetConnMaxIdleTime(time.Minute)
	}

	return db, nil
}

// isDamage tells a damaged file from a disk that is full, a folder that may
// not be written to and all else that another try may cure.
func isDamage(err error) bool {
	if errors.Is(err, ErrDamaged) {
		return true
	}
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return true
	}

	return e.Code() == sqlite3.SQLITE_IOERR_SHORT_READ
}
