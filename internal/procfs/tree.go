package procfs

import (
	"iter"
	"time"
)

// Tree is what a process and all its descendants use together. A wrapper such
// as `sh -c "node …"` or npm is small itself; what it started is not.
type Tree struct {
	Count int
	RSS   int64         // bytes; memory shared between the processes counts for each
	CPU   time.Duration // of the living; what ended took its time with it
}

// Len is the number of processes.
func (t *Table) Len() int { return len(t.procs) }

// All gives every process, in no order.
func (t *Table) All() iter.Seq[Process] {
	return func(yield func(Process) bool) {
		for _, p := range t.procs {
			if !yield(p) {
				return
			}
		}
	}
}

// Process gives the process with this pid, if there was one.
func (t *Table) Process(pid int) (Process, bool) {
	i, ok := t.at[pid]
	if !ok {
		return Process{}, false
	}
	return t.procs[i], true
}

// Tree sums up the process with this pid and its descendants; false when there
// is no such process.
func (t *Table) Tree(pid int) (Tree, bool) {
	var sum Tree
	found := t.walk(pid, func(p Process) {
		sum.Count++
		sum.RSS += p.RSS
		sum.CPU += p.CPU
	})
	return sum, found
}

// Descendants gives the pids below this one, parents before their children,
// without itself.
func (t *Table) Descendants(pid int) []int {
	var pids []int
	t.walk(pid, func(p Process) {
		if p.PID != pid {
			pids = append(pids, p.PID)
		}
	})
	return pids
}

// Ancestors gives the parent of this process, its parent and so on, nearest
// first.
func (t *Table) Ancestors(pid int) []int {
	var pids []int
	p, ok := t.Process(pid)
	for ok && len(pids) < len(t.procs) {
		p, ok = t.Process(p.PPID)
		if !ok || p.PID == pid {
			break
		}
		pids = append(pids, p.PID)
	}
	return pids
}

// walk visits a process and its descendants. Every process has one parent, so
// the only circle it can meet leads back to where it began: a pid that was used
// again while /proc was being read can make its own child its parent.
func (t *Table) walk(pid int, visit func(Process)) bool {
	root, ok := t.at[pid]
	if !ok {
		return false
	}
	visit(t.procs[root])
	stack := []int32{t.firstChild[root]}
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if i < 0 {
			continue
		}
		stack = append(stack, t.nextSibling[i])
		if i == root {
			continue
		}
		visit(t.procs[i])
		stack = append(stack, t.firstChild[i])
	}
	return true
}
