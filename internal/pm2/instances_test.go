package pm2

import (
	"maps"
	"strings"
	"testing"
)

func TestInstances(t *testing.T) {
	known := func(n int64) Int { return Int{N: n, Known: true} }
	for _, c := range []struct {
		name string
		apps []App
		want map[int]int
	}{
		{"it takes PM2's own numbers", []App{{Name: "a", ID: 4, Instance: known(1)}, {Name: "a", ID: 7, Instance: known(0)}}, map[int]int{4: 1, 7: 0}},
		{"it numbers by id what has none", []App{{Name: "a", ID: 9}, {Name: "a", ID: 2}, {Name: "b", ID: 3}}, map[int]int{2: 0, 9: 1, 3: 0}},
		{"it gives a number that is taken to the lower id", []App{{Name: "a", ID: 5, Instance: known(0)}, {Name: "a", ID: 6, Instance: known(0)}}, map[int]int{5: 0, 6: 1}},
		{"it believes no negative number", []App{{Name: "a", ID: 1, Instance: known(-3)}}, map[int]int{1: 0}},
		{"it fills gaps with what has none", []App{{Name: "a", ID: 1, Instance: known(1)}, {Name: "a", ID: 2}, {Name: "a", ID: 3}}, map[int]int{1: 1, 2: 0, 3: 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Instances(c.apps); !maps.Equal(got, c.want) {
				t.Errorf("Instances = %v, want %v", got, c.want)
			}
		})
	}
}

func TestHomesAreThoseWhereSomebodyListens(t *testing.T) {
	list := `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 111 /home/a b/.pm2/rpc.sock
0000000000000000: 00000002 00000000 00010000 0001 01 112 /home/a b/.pm2/pub.sock
0000000000000000: 00000003 00000000 00000000 0001 03 113 /gone/rpc.sock
0000000000000000: 00000002 00000000 00010000 0001 01 114 @/abstract/rpc.sock
0000000000000000: 00000002 00000000 00010000 0001 01 115
`
	homes, err := listening(strings.NewReader(list))
	if err != nil {
		t.Fatal(err)
	}
	if len(homes) != 1 || homes[0] != "/home/a b/.pm2" {
		t.Errorf("homes = %q, want only /home/a b/.pm2", homes)
	}
}
