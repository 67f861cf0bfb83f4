package pm2

import "strconv"

// request is one call as the daemon takes it. Its arguments are JSON written
// here and nowhere else: one too few, one too many or a null where the daemon
// expects an object ends the daemon and orphans every app under it, so
// requests are made only by the functions below and a test pins their bytes.
type request struct {
	method string
	args   string
}

// encode is the message of this request under this id.
func (q request) encode(id string) []byte {
	body := `j:{"type":"call","method":"` + q.method + `","args":[` + q.args + `]}`
	return appendFrame(make([]byte, 0, len(body)+len(id)+16), body, "s:"+id)
}

// These three take an object that they do not look at, but they must get it.
func pingRequest() request    { return request{"ping", `{}`} }
func versionRequest() request { return request{"getVersion", `{}`} }
func reportRequest() request  { return request{"getReport", `{}`} }
func listRequest() request    { return request{"getMonitorData", `{}`} }

// A restart without "env" leaves environment and configuration of the app as
// they are. With it, what the caller has in its own environment would get into
// the app, into the daemon's memory and into the dump.
func restartRequest(id int) request { return request{"restartProcessId", idObject(id)} }
func reloadRequest(id int) request  { return request{"reloadProcessId", idObject(id)} }

func startRequest(id int) request  { return request{"startProcessId", strconv.Itoa(id)} }
func stopRequest(id int) request   { return request{"stopProcessId", strconv.Itoa(id)} }
func resetRequest(id int) request  { return request{"resetMetaProcessId", strconv.Itoa(id)} }
func deleteRequest(id int) request { return request{"deleteProcessId", strconv.Itoa(id)} }

func stopWatchRequest(id int) request {
	return request{"stopWatch", `"stopProcessId",` + strconv.Itoa(id)}
}

func notifyRestartRequest(id int) request {
	return request{"notifyByProcessId", `{"id":` + strconv.Itoa(id) + `,"action_name":"restart","manually":true}`}
}

// prepareRequest sends a dump entry as PM2 wrote it. DumpEntry is made only by
// ReadDump, which refuses those that would end the daemon.
func prepareRequest(e DumpEntry) request { return request{"prepare", e.raw.object} }

func idObject(id int) string { return `{"id":` + strconv.Itoa(id) + `}` }
