package store

import (
	"encoding/json"
	"fmt"
	"math/bits"
	"sync"

	"github.com/klauspost/compress/zstd"

	"rr/schemas"
)

const (
	baseEvery   = 64       // records that share a base
	dictID      = 1        // of every base: the body table says which it is
	minWindow   = 1 << 20  // bytes
	maxWindow   = 32 << 20 // bytes
	maxRecord   = 24 << 20 // bytes
	maxDecoded  = 64 << 20 // bytes of what one record, or one bundle, unpacks to
	deltaWorthy = 2        // a delta larger than its base by this part is not worth one
)

// codec turns records into bytes. Consecutive records are nearly equal, so a
// record is written as it differs from an earlier one, its base (delta.go), and
// compressed with that as the dictionary; every so often one is compressed
// alone and becomes the next base. It is used by one
// goroutine at a time and keeps its encoders, so that a turn costs little.
type codec struct {
	window int
	alone  *zstd.Encoder
	delta  *zstd.Encoder
	loaded *base // the dictionary that delta has now
	base   *base

	scratch []byte
}

// base is a record that others are compressed against.
type base struct {
	turn    int64
	shape   []byte
	numbers []int64
	size    int // compressed
	used    int
}

// encoded is a record as bytes. Its base becomes the codec's once it has been
// written.
type encoded struct {
	data []byte
	base *base
}

// encode compresses the record of a turn.
func (c *codec) encode(turn int64, record []byte) (encoded, error) {
	if len(record) > maxRecord {
		return encoded{}, fmt.Errorf("record of turn %d has %d bytes, more than %d", turn, len(record), maxRecord)
	}
	if err := c.fit(len(record)); err != nil {
		return encoded{}, err
	}
	if c.base != nil && c.base.used < baseEvery {
		data, err := c.encodeDelta(record)
		if err != nil {
			return encoded{}, err
		}
		if len(data) < c.base.size/deltaWorthy {
			return encoded{data: data, base: c.base}, nil
		}
	}
	data := c.alone.EncodeAll(record, nil)
	shape, numbers := split(record)

	return encoded{data: data, base: &base{turn: turn, shape: shape, numbers: numbers, size: len(data)}}, nil
}

// accept makes the base of a record that has been written the one for those
// that follow.
func (c *codec) accept(e encoded) {
	e.base.used++
	c.base = e.base
}

func (c *codec) encodeDelta(record []byte) ([]byte, error) {
	if c.loaded != c.base {
		if err := c.delta.ResetWithOptions(nil, zstd.WithEncoderDictRaw(dictID, c.base.shape)); err != nil {
			return nil, fmt.Errorf("compress: %w", err)
		}
		c.loaded = c.base
	}

	c.scratch = appendDelta(c.scratch[:0], record, c.base.numbers)

	return c.delta.EncodeAll(c.scratch, nil), nil
}

// fit makes encoders whose window reaches back a whole record.
func (c *codec) fit(size int) error {
	window := min(max(1<<bits.Len(uint(size)), minWindow), maxWindow)
	if window <= c.window {
		return nil
	}
	alone, err := newEncoder(window)
	if err != nil {
		return err
	}
	delta, err := newEncoder(window, zstd.WithEncoderDictRaw(dictID, []byte("{}")))
	if err != nil {
		return err
	}
	c.window, c.alone, c.delta, c.loaded = window, alone, delta, nil

	return nil
}

func newEncoder(window int, opts ...zstd.EOption) (*zstd.Encoder, error) {
	opts = append([]zstd.EOption{
		zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(window),
		zstd.WithLowerEncoderMem(true),
		zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithEncoderCRC(true),
	}, opts...)
	e, err := zstd.NewWriter(nil, opts...)
	if err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}

	return e, nil
}

// decoder turns bytes back into records. It keeps the last base: records are
// mostly read in a row.
type decoder struct {
	mu      sync.Mutex
	turn    int64
	numbers []int64
	zstd    *zstd.Decoder
}

// record decodes the record of a turn from its data and, where it has one, its
// base's.
func (d *decoder) record(turn int64, data []byte, baseTurn int64, baseData []byte) (schemas.Record, error) {
	b, err := d.bytes(turn, data, baseTurn, baseData)
	if err != nil {
		return schemas.Record{}, fmt.Errorf("record of turn %d: %w: %w", turn, ErrDamaged, err)
	}

	var record schemas.Record
	if err := json.Unmarshal(b, &record); err != nil {
		return schemas.Record{}, fmt.Errorf("record of turn %d: %w: %w", turn, ErrDamaged, err)
	}
	if record.Snapshot.Turn != turn {
		return schemas.Record{}, fmt.Errorf("record of turn %d: %w: it says that it is of turn %d", turn, ErrDamaged, record.Snapshot.Turn)
	}

	return record, nil
}

func (d *decoder) bytes(turn int64, data []byte, baseTurn int64, baseData []byte) ([]byte, error) {
	if baseTurn == turn {
		return decompress(data)
	}

	d.mu.Lock()
	defer d.mu.Unlock()
	if d.zstd == nil || d.turn != baseTurn {
		if err := d.load(baseTurn, baseData); err != nil {
			return nil, fmt.Errorf("its base, turn %d: %w", baseTurn, err)
		}
	}

	delta, err := d.zstd.DecodeAll(data, nil)
	if err != nil {
		return nil, err
	}

	return applyDelta(delta, d.numbers)
}

func (d *decoder) load(turn int64, data []byte) error {
	content, err := decompress(data)
	if err != nil {
		return err
	}
	shape, numbers := split(content)
	z, err := newDecoder(zstd.WithDecoderDictRaw(dictID, shape))
	if err != nil {
		return err
	}
	d.turn, d.numbers, d.zstd = turn, numbers, z

	return nil
}

// decompress undoes what was compressed alone. Its checksum is verified.
func decompress(data []byte) ([]byte, error) {
	if len(data) == 0 {
		return nil, fmt.Errorf("nothing there")
	}
	z, err := newDecoder()
	if err != nil {
		return nil, err
	}
	defer z.Close()

	return z.DecodeAll(data, nil)
}

func newDecoder(opts ...zstd.DOption) (*zstd.Decoder, error) {
	opts = append([]zstd.DOption{
		zstd.WithDecoderConcurrency(1),
		zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxMemory(maxDecoded),
	}, opts...)

	return zstd.NewReader(nil, opts...)
}
