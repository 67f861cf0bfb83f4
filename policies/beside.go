package policies

import "rr/schemas"

// found looks up the one subject of a kind in a scope that others belong to.
func found[F any](all map[schemas.ID]F, id schemas.ID) (any, bool) {
	facts, ok := all[id]
	return facts, ok
}

func daemonOf() beside {
	return beside{"parent", func(s schemas.Snapshot, scope string) (any, bool) {
		return found(s.Daemons, schemas.NewID("pm2", scope, "daemon", "pm2", 0))
	}}
}

func repoOf() beside {
	return beside{"parent", func(s schemas.Snapshot, scope string) (any, bool) {
		return found(s.Repos, schemas.NewID("github", scope, "repo", scope, 0))
	}}
}

func manifestOf() beside {
	return beside{"parent", func(s schemas.Snapshot, scope string) (any, bool) {
		return found(s.Manifests, schemas.NewID("netlify", scope, "manifest", "functions", 0))
	}}
}

func siteOf() beside {
	return beside{"site", func(s schemas.Snapshot, scope string) (any, bool) {
		if s.Sources["netlify/"+scope+"/site"].State != schemas.SourceOK {
			return nil, false
		}

		return found(s.Sites, schemas.NewID("netlify", scope, "site", scope, 0))
	}}
}

func processPeers() beside {
	return beside{"peers", func(s schemas.Snapshot, scope string) (any, bool) {
		var peers schemas.ProcessPeers
		for id, process := range s.Processes {
			if id.Scope() == scope {
				countProcess(&peers, process.State)
			}
		}

		return peers, true
	}}
}

func countProcess(peers *schemas.ProcessPeers, state string) {
	peers.Total++
	count := map[string]*int{
		schemas.ProcessOnline: &peers.Online, schemas.ProcessLaunching: &peers.Launching, schemas.ProcessStopping: &peers.Stopping,
		schemas.ProcessStopped: &peers.Stopped, schemas.ProcessFinished: &peers.Finished, schemas.ProcessWaiting: &peers.Waiting,
		schemas.ProcessCrashLoop: &peers.CrashLoop, schemas.ProcessErrored: &peers.Errored, schemas.ProcessHiddenErrored: &peers.HiddenErrored,
		schemas.ProcessPhantom: &peers.Phantom, schemas.ProcessMissing: &peers.Missing, schemas.ProcessUnknown: &peers.Unknown,
	}[state]
	if count != nil {
		*count++
	}
}

func runsPeers() beside {
	return beside{"peers", func(s schemas.Snapshot, scope string) (any, bool) {
		var peers schemas.RunsPeers
		for id, runs := range s.Runs {
			if id.Scope() == scope {
				countRuns(&peers, runs)
			}
		}

		return peers, true
	}}
}

func countRuns(peers *schemas.RunsPeers, runs schemas.Runs) {
	peers.Total++
	if runs.QueuedS != nil {
		peers.Queued++
	}
	switch runs.Conclusion {
	case schemas.RunSuccess:
		peers.Success++
	case schemas.RunFailure, schemas.RunTimedOut:
		peers.Failure++
	case schemas.RunStartupFailure:
		peers.StartupFailure++
	case schemas.RunCancelled:
		peers.Cancelled++
	case schemas.RunNone:
		peers.None++
	default:
		peers.Other++
	}
}
