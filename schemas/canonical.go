package schemas

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Hash returns the sha256 of v's JSON, in hex. Maps are written in the order of
// their keys, so that equal values have equal hashes.
func Hash(v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("hash %T: %w", v, err)
	}
	sum := sha256.Sum256(b)

	return hex.EncodeToString(sum[:]), nil
}
