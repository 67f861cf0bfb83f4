package ecosystem

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// What PM2 does with an app that does not say.
const (
	defaultMaxRestarts = 16
	defaultMinUptime   = time.Second
)

// settle makes apps of a document and says what would keep PM2 from them. It
// looks at the disk (is the script there?), so it is done at every Read.
func (r *Reader) settle(file *File, doc document) {
	file.judgeSource()
	apps := doc.apps()
	if len(apps) == 0 && len(doc.statics()) == 0 {
		file.problem("it names no app", "name the apps in its list apps")
	}
	for i, raw := range apps {
		b := builder{reader: r, raw: raw.fields, dir: filepath.Dir(file.Path)}
		if raw.kind != object {
			file.problem(fmt.Sprintf("%s: app %d is %s, and PM2 refuses the whole file", raw.at.in(file.Path), i, raw.kind), "make it an object with a name and a script")
			continue
		}
		app := b.build()
		file.Apps = append(file.Apps, app)
		if b.refused != "" {
			called := app.Name
			if called == "" {
				called = strconv.Itoa(i)
			}
			file.problem(fmt.Sprintf("%s: app %s: %s, and PM2 refuses the whole file", b.refusedAt.in(file.Path), called, b.refused), "correct this setting")
		}
	}
	for _, raw := range doc.statics() {
		file.Apps = append(file.Apps, static(raw, filepath.Dir(file.Path)))
	}
}

// judgeSource says what is wrong with the name of the file or with its kind of
// module.
func (f *File) judgeSource() {
	proper := properName(f.Path)
	switch as := taken(f.Path); {
	case as == "":
		f.problem("PM2 takes a file of this name for a script: it would run the file itself as an app, idle and online", "rename it to "+proper)
	case as != f.Kind:
		f.problem(fmt.Sprintf("PM2 takes this path for %s, because of the name of a folder in it", as), "run `pm2 start "+filepath.Base(f.Path)+"` in its folder, or rename the folder")
	}
	switch f.source {
	case asDefault:
		f.problem("PM2 does not look into the default export of a module", "write module.exports = instead of export default, in a file named "+proper)
	case notLoaded:
		f.problem("it is an ES module, which PM2 cannot load", "write module.exports = instead of export, in a file named "+proper)
	case asFunction:
		f.problem("it exports a function, which PM2 does not call", "export the object with the apps")
	}
}

// problem notes what is wrong, the first thing only: it keeps PM2 from seeing
// the rest.
func (f *File) problem(problem, advice string) {
	if f.Problem == "" {
		f.Problem, f.Advice = problem, advice
	}
}

// builder makes one app of its settings.
type builder struct {
	reader *Reader
	raw    settings
	dir    string

	refused   string // the first setting that makes PM2 refuse the file
	refusedAt position
}

func (b *builder) build() App {
	app := App{
		Name:        b.name(),
		Namespace:   b.text("namespace"),
		CronRestart: b.cron(),
		Autorestart: b.yes("autorestart", true),
		Autostart:   b.yes("autostart", true),
		Watch:       b.watch(),

		MaxMemoryRestart: b.bytes("max_memory_restart", "maxMemoryRestart"),
		MaxRestarts:      int(b.count(defaultMaxRestarts, "max_restarts", "maxRestarts")),
		MinUptime:        b.uptime("min_uptime", "minUptime"),
		RestartDelay:     milliseconds(b.count(0, "restart_delay", "restartDelay")),
		ExpBackoff:       milliseconds(b.count(0, "exp_backoff_restart_delay", "expBackoffRestartDelay")),
	}
	if app.Namespace == "" {
		app.Namespace = "default"
	}
	app.CWD = resolve(b.dir, b.text("cwd"))
	script := b.script()
	app.Script, app.Command, app.Problem = find(app.CWD, script)
	app.Interpreter = b.text("exec_interpreter", "interpreter", "execInterpreter")
	if app.Problem == "" {
		app.Interpreter, app.Problem = interpreter(app.Interpreter, app.Script)
	}
	app.ExecMode, app.Instances = b.instances(app.Interpreter)
	if app.Name == "" && app.Problem == "" {
		app.Problem = "it has no name, and PM2 makes one only of script, cmd or command"
	}
	return app
}

// line is what stands under script, cmd or command.
func (b *builder) line() value { return b.raw.get("script", "cmd", "command") }

// name is the name, or else the script's without folder and ending.
func (b *builder) name() string {
	line := b.line()
	if name := b.raw["name"]; name.truthy() || !line.truthy() {
		return b.text("name")
	}
	if line.kind != text {
		return ""
	}
	name := filepath.Base(line.text)
	if dot := strings.LastIndexByte(name, '.'); dot > 0 {
		name = name[:dot]
	}
	return name
}

// script is what PM2 runs: a line with arguments is run by a shell.
func (b *builder) script() string {
	if line := b.line(); line.kind == text && strings.Contains(line.text, " ") {
		for _, shell := range []string{"bash", "sh"} {
			if _, err := exec.LookPath(shell); err == nil {
				return shell
			}
		}
	}
	return b.text("script", "cmd", "command", "exec", "script")
}

// instances are the exec mode and the number of instances that PM2 makes of
// them.
func (b *builder) instances(interpreter string) (mode string, count int) {
	mode = b.mode()
	v := b.raw["instances"]
	if v.kind == text {
		v = value{kind: number, number: leadingNumber(v.text), at: v.at} // 0 for "max"
	}
	n, _ := v.numeric()
	if !v.absent() && v.kind != number {
		b.refuse(v, "instances must be a number or max, not %s", v.kind)
	}
	if mode == "" {
		mode = "fork_mode"
		node := strings.HasSuffix(interpreter, "node") || strings.HasSuffix(interpreter, "bun")
		if node && !v.absent() && (n >= 1 || n == 0 || n == -1) {
			mode = "cluster_mode"
		}
	}
	if v.absent() {
		return mode, 1
	}
	count = int(max(min(math.Trunc(n), math.MaxInt32), math.MinInt32))
	if count <= 0 {
		count += b.reader.cpus() // 0 is all of them
	}
	return mode, max(count, 1)
}

func (b *builder) mode() string {
	if v := b.raw["execute_command"]; v.kind == boolean && v.truth {
		return "fork_mode"
	}
	v := b.raw.get("exec_mode", "execMode")
	switch mode := b.text("exec_mode", "execMode"); mode {
	case "cluster", "cluster_mode":
		return "cluster_mode"
	case "fork", "fork_mode":
		return "fork_mode"
	case "":
	default:
		b.refuse(v, "exec_mode must be cluster or fork")
	}
	return ""
}

func (b *builder) text(names ...string) string {
	v := b.raw.get(names...)
	if !v.absent() && v.kind != text {
		b.refuse(v, "%s must be a text, not %s", names[0], v.kind)
	}
	return v.text
}

func (b *builder) yes(name string, otherwise bool) bool {
	v := b.raw[name]
	if v.absent() {
		return otherwise
	}
	if v.kind != boolean {
		b.refuse(v, "%s must be true or false, not %s", name, v.kind)
		return otherwise
	}
	return v.truth
}

func (b *builder) watch() bool {
	v := b.raw["watch"]
	if v.kind == number || v.kind == object {
		b.refuse(v, "watch must be true, false or a list of paths, not %s", v.kind)
	}
	return v.truthy()
}

// cron is the schedule; 0 switches it off.
func (b *builder) cron() string {
	v := b.raw.get("cron_restart", "cron", "cronRestart")
	if n, ok := v.numeric(); ok {
		if n != 0 {
			b.refuse(v, "cron_restart must be a schedule, not %s", number)
		}
		return ""
	}
	if !v.absent() && v.kind != text {
		b.refuse(v, "cron_restart must be a schedule, not %s", v.kind)
	}
	return v.text
}

// count is a number that is not negative. PM2 loses a 0, and takes its default.
func (b *builder) count(otherwise float64, names ...string) float64 {
	v := b.raw.get(names...)
	if v.absent() {
		return otherwise
	}
	n, ok := v.numeric()
	if !ok {
		b.refuse(v, "%s must be a number, not %s", names[0], v.kind)
		return otherwise
	}
	if n < 0 && names[0] == "max_restarts" {
		b.refuse(v, "max_restarts must not be negative")
	}
	return max(min(n, math.MaxInt32), 0)
}

// bytes is a size such as 300M.
func (b *builder) bytes(names ...string) int64 {
	return int64(b.scaled(math.MaxInt64/2, "bytes, or with K, M or G after it", map[string]float64{"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}, names...))
}

// uptime is a time such as 5s; a bare number is milliseconds.
func (b *builder) uptime(names ...string) time.Duration {
	v := b.raw.get(names...)
	if n, ok := v.numeric(); ok && n < 100 {
		b.refuse(v, "min_uptime must be 100 ms or more")
	}
	ms := b.scaled(math.MaxInt32, "milliseconds, or with s, m or h after it", map[string]float64{"s": 1e3, "m": 60e3, "h": 3600e3}, names...)
	if ms == 0 {
		return defaultMinUptime
	}
	return milliseconds(ms)
}

func (b *builder) scaled(limit float64, wanted string, units map[string]float64, names ...string) float64 {
	v := b.raw.get(names...)
	if v.absent() {
		return 0
	}
	if n, ok := v.numeric(); ok {
		return max(min(n, limit), 0)
	}
	if v.kind == text {
		unit := v.text[max(len(v.text)-1, 0):]
		digits := strings.TrimSuffix(v.text, unit)
		if n, err := strconv.ParseUint(digits, 10, 53); err == nil && units[unit] > 0 {
			return min(float64(n)*units[unit], limit)
		}
	}
	b.refuse(v, "%s must be a whole number of %s", names[0], wanted)
	return 0
}

// refuse notes a setting that PM2 does not take. It does not repeat the value,
// which may stand there by mistake.
func (b *builder) refuse(v value, format string, args ...any) {
	if b.refused == "" {
		b.refused, b.refusedAt = fmt.Sprintf(format, args...), v.at
	}
}

func milliseconds(n float64) time.Duration { return time.Duration(n) * time.Millisecond }

// leadingNumber is the whole number that a text begins with, else 0.
func leadingNumber(s string) float64 {
	n, _ := strconv.ParseFloat(regexp.MustCompile(`^\s*([-+]?\d*)`).FindStringSubmatch(s)[1], 64)
	return n
}

// static is the app that serves a folder by PM2's own server.
func static(raw value, dir string) App {
	name := raw.fields["name"].text
	if name == "" {
		name = "static-page-server-undefined"
		if port := raw.fields["port"]; port.kind == number {
			name = "static-page-server-" + strconv.FormatFloat(port.number, 'f', -1, 64)
		} else if port.kind == text {
			name = "static-page-server-" + port.text
		}
	}
	return App{
		Name: name, Namespace: "default", Script: "serve", CWD: dir, Interpreter: "node", ExecMode: "fork_mode", Instances: 1,
		Autorestart: true, Autostart: true, MaxRestarts: defaultMaxRestarts, MinUptime: defaultMinUptime,
	}
}

// cpus counts the CPUs as node does: those that are online, whether or not this
// process may use them.
func (r *Reader) cpus() int {
	if r.CPUs > 0 {
		return r.CPUs
	}
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 1
	}
	return max(len(regexp.MustCompile(`(?m)^cpu\d+ `).FindAll(stat, -1)), 1)
}
