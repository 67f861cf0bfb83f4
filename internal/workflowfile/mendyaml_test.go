package workflowfile

import "testing"

// YAML ends lines where rr does not, and names a line then that is not there.
func TestNothingIsMendedWhereYAMLCountsItsLinesOtherwise(t *testing.T) {
	for it, mended := range map[string][][]byte{
		"writes on":          mendTrue([]byte("name: a\r\r\r\rtrue: push\n")),
		"writes permissions": mendPermissions([]byte("concurrency:\r\r\r  group: a\r  contents: read\n")),
	} {
		if len(mended) > 0 {
			t.Errorf("it %s: %q", it, mended)
		}
	}
}
