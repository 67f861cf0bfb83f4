package store

import (
	"archive/tar"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
)

// putBundle stores a bundle unless the journal has it, and returns its row; it
// returns none where there is no bundle.
func (s *Store) putBundle(ctx context.Context, tx *sql.Tx, b Bundle) (sql.NullInt64, error) {
	var id sql.NullInt64
	if b.Hash == "" {
		return id, nil
	}
	err := tx.QueryRowContext(ctx, `SELECT id FROM bundle WHERE hash = ?`, b.Hash).Scan(&id)
	if err == nil || !errors.Is(err, sql.ErrNoRows) {
		return id, err
	}
	if b.Files == nil {
		return id, fmt.Errorf("bundle %s: %w, and no files were given", b.Hash, ErrNoBundle)
	}

	packed, err := pack(b.Files)
	if err != nil {
		return id, fmt.Errorf("bundle %s: %w", b.Hash, err)
	}
	if err := s.codec.fit(0); err != nil {
		return id, err
	}
	err = tx.QueryRowContext(ctx, `INSERT INTO bundle (hash, files) VALUES (?, ?) RETURNING id`,
		b.Hash, s.codec.alone.EncodeAll(packed, nil)).Scan(&id)

	return id, err
}

// Bundle returns the files that were stored under a hash, by path, and
// ErrNoBundle where there are none.
func (s *Store) Bundle(ctx context.Context, hash string) (map[string][]byte, error) {
	var data []byte
	err := s.read.view(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT files FROM bundle WHERE hash = ?`, hash).Scan(&data)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("bundle %s: %w", hash, ErrNoBundle)
	}
	if err != nil {
		return nil, fmt.Errorf("bundle %s: %w", hash, err)
	}

	packed, err := decompress(data)
	if err != nil {
		return nil, fmt.Errorf("bundle %s: %w: %w", hash, ErrDamaged, err)
	}
	files, err := unpack(packed)
	if err != nil {
		return nil, fmt.Errorf("bundle %s: %w: %w", hash, ErrDamaged, err)
	}

	return files, nil
}

func pack(files map[string][]byte) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if err := w.WriteHeader(&tar.Header{Name: path, Mode: 0o600, Size: int64(len(files[path]))}); err != nil {
			return nil, err
		}
		if _, err := w.Write(files[path]); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}

	return b.Bytes(), nil
}

func unpack(packed []byte) (map[string][]byte, error) {
	files := map[string][]byte{}
	r := tar.NewReader(bytes.NewReader(packed))
	for {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		files[header.Name] = content
	}
}
