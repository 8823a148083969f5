package incident

import "time"

// Alert is where the alert of one source and key stands (I2). Its workflow is
// the only one that writes it. JSON names are frozen.
type Alert struct {
	State    AlertState `json:"state"`
	Severity Severity   `json:"severity"` // the worst reported for its incident
	// Began is the source's own start of the present occurrence; zero when the
	// source gives none.
	Began time.Time `json:"began,omitzero"`
	// Incident is the incident it belongs to, set by Opened; Before the one
	// that it opened before that (I1).
	Incident Token `json:"incident,omitempty"`
	Before   Token `json:"before,omitempty"`
	// Flap is when the flap window that runs ends; zero when none runs.
	Flap time.Time `json:"flap,omitzero"`
	// Incidents counts the incidents opened in this run, Count the triggers
	// folded into the present one, its first included, Flaps how often it came
	// back within the flap window.
	Incidents int `json:"incidents"`
	Count     int `json:"count"`
	Flaps     int `json:"flaps,omitempty"`
}

// AlertNews is what happened to an alert.
type AlertNews string

const (
	NewsTrigger  AlertNews = "trigger"  // the source says that it is wrong
	NewsClear    AlertNews = "clear"    // the source says that it is over
	NewsResolved AlertNews = "resolved" // its incident was resolved by a person
	NewsTimer    AlertNews = "timer"    // the flap window may be over
)

// News is one thing that happened to an alert.
type News struct {
	Kind     AlertNews
	Severity Severity  // with NewsTrigger
	Began    time.Time // with NewsTrigger and NewsClear: the source's own start; zero when unknown
	// Incident is, with NewsResolved, the incident that was resolved: late news
	// of an earlier one must not silence the present one.
	Incident Token
}

// AlertDo is what is to be done for an alert.
type AlertDo string

const (
	AlertNothing AlertDo = ""
	AlertOpen    AlertDo = "open"    // open an incident; from the second on, link it to the one before (I1)
	AlertJoin    AlertDo = "join"    // count a duplicate on the open incident
	AlertRaise   AlertDo = "raise"   // join, and tell the incident of the worse severity
	AlertResolve AlertDo = "resolve" // tell the incident that its source cleared it
)

// AlertMove is what follows from news.
type AlertMove struct {
	Do     AlertDo
	Reason Reason
	// Timer is when to come back with NewsTimer, at once when it is not in the
	// future; zero when nothing is due.
	Timer time.Time
}

// NextAlert says what follows from news at the instant now, and how the alert
// stands after it (I1, I2). A zero Alert is one that nothing is known of.
//
// The flap window runs once, from the clearing or the resolution; it is never
// prolonged, so flapping cannot put off an incident for ever. While an incident
// is open a clearing does not end it before the window is over. After a person
// resolved it, a trigger within the window is kept and becomes a new incident
// at its end unless the source clears it: none is dropped, also when the source
// says it once only. One that is worse than what was resolved does not wait.
// Late timers are no harm: a window that is over is over. An alert that is Over
// and is triggered again is a new one.
func NextAlert(a Alert, n News, flap time.Duration, now time.Time) (Alert, AlertMove) {
	now, flap = now.UTC(), max(0, flap)
	ended := !a.Flap.IsZero() && !now.Before(a.Flap)
	switch n.Kind {
	case NewsTrigger:
		return a.trigger(n, ended)
	case NewsClear:
		return a.clear(n, now, flap)
	case NewsResolved:
		if (a.State == Firing || a.State == Settling) && n.Incident == a.Incident {
			a.State, a.Flap = Watching, now.Add(flap)
			return a, AlertMove{Reason: Cleared, Timer: a.Flap}
		}
	case NewsTimer:
		if ended {
			return a.windowOver()
		}
	}
	return a, AlertMove{Reason: NoEffect, Timer: a.Flap}
}

func (a Alert) trigger(n News, ended bool) (Alert, AlertMove) {
	switch {
	case a.State == Firing:
		return a.join(n, SameIncident)
	case a.State == Settling && !ended:
		a.State, a.Flap = Firing, time.Time{}
		a.Flaps++
		return a.join(n, Flapped)
	case (a.State == Watching || a.State == Reappeared) && !ended:
		if n.Severity.WorseThan(a.Severity) {
			break // straight to a new incident
		}
		if a.State == Watching {
			a.State, a.Severity, a.Count = Reappeared, n.Severity, 0
			a.Flaps++
		}
		a.Count++
		a.Began = later(a.Began, n.Began)
		return a, AlertMove{Reason: Flapped, Timer: a.Flap}
	case a.State == Settling:
		// Its window was over although the timer has not fired: the incident is
		// still open, so this belongs to it. Nothing is lost either way.
		a.State, a.Flap = Firing, time.Time{}
		return a.join(n, SameIncident)
	}
	if a.State != Reappeared {
		a.Severity, a.Count, a.Began = n.Severity, 0, time.Time{}
	} else if n.Severity.WorseThan(a.Severity) {
		a.Severity = n.Severity
	}
	a.Count++
	a.Began = later(a.Began, n.Began)
	return a.open()
}

// open begins a new incident.
func (a Alert) open() (Alert, AlertMove) {
	a.State, a.Flap, a.Flaps = Firing, time.Time{}, 0
	a.Before, a.Incident = a.Incident, ""
	a.Incidents++
	return a, AlertMove{Do: AlertOpen, Reason: NewIncident}
}

// Opened is the alert after the incident that it asked for has this token.
func (a Alert) Opened(t Token) Alert {
	a.Incident = t
	return a
}

func (a Alert) join(n News, why Reason) (Alert, AlertMove) {
	a.Count++
	a.Began = later(a.Began, n.Began)
	if n.Severity.WorseThan(a.Severity) {
		a.Severity = n.Severity
		return a, AlertMove{Do: AlertRaise, Reason: why}
	}
	return a, AlertMove{Do: AlertJoin, Reason: why}
}

func (a Alert) clear(n News, now time.Time, flap time.Duration) (Alert, AlertMove) {
	if a.State != Firing && a.State != Reappeared {
		return a, AlertMove{Reason: NoEffect, Timer: a.Flap}
	}
	if !n.Began.IsZero() && n.Began.Before(a.Began) {
		// Out of order: it clears an occurrence before the present one.
		return a, AlertMove{Reason: StaleClear, Timer: a.Flap}
	}
	if a.State == Reappeared {
		a.State = Watching // its window goes on, or is over by the next timer
		return a, AlertMove{Reason: Cleared, Timer: a.Flap}
	}
	a.State, a.Flap = Settling, now.Add(flap)
	return a, AlertMove{Reason: Cleared, Timer: a.Flap}
}

// windowOver ends the flap window.
func (a Alert) windowOver() (Alert, AlertMove) {
	switch a.State {
	case Settling:
		a.State, a.Flap = Over, time.Time{}
		return a, AlertMove{Do: AlertResolve, Reason: FlapOver}
	case Watching:
		a.State, a.Flap = Over, time.Time{}
		return a, AlertMove{Reason: FlapOver}
	case Reappeared:
		return a.open()
	}
	return a, AlertMove{Reason: NoEffect}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b.UTC()
	}
	return a
}
