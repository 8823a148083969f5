package policy

import "github.com/lowcodex/countersign/compliance"

// System is something that can be changed.
type System struct {
	ID       string              `json:"id"`
	Name     string              `json:"name"`
	Platform string              `json:"platform"` // e.g. the low-code platform it runs on
	Owner    compliance.PersonID `json:"owner"`
	// Environments lists where it runs; a change names one of them.
	Environments []Environment `json:"environments"`
	// Limits is what is on paper about the runtime limits and the sandbox boundary of
	// its platform; optional.
	Limits *limitsEntry `json:"limits,omitempty"`
}

// Environment is one place where a system runs.
type Environment struct {
	Name string `json:"name"` // e.g. "production"
	// Calendar names the calendar that restricts changes here; empty means
	// that the environment is always open (C27).
	Calendar string `json:"calendar,omitempty"`
	// Regions are those in which its data are kept or worked on, and DataClasses the
	// classes of data that may be there; both optional.
	Regions     []string `json:"regions,omitempty"`
	DataClasses []string `json:"data_classes,omitempty"`
}

// Environment finds an environment of the system by name.
func (s System) Environment(name string) (Environment, bool) {
	for _, e := range s.Environments {
		if e.Name == name {
			return e, true
		}
	}
	return Environment{}, false
}
