// Package gate holds the rules of the pre-deployment gate: which checks a change
// must have passed before anybody may approve it, what each of them came to and
// on what, and which exceptions let it past. A gate is a fixed suite of the
// policy. It is open while one of its checks has not passed, and no approval
// counts then. Everything here is pure; package inspect reads the files.
package gate

// Check is one check of a suite. Its values are frozen: they are stored, and
// "gate/" with one of them is the control that an exception excuses.
type Check string

const (
	Schema           Check = "schema"            // the artefact has the form that the policy's JSON Schema says
	Permissions      Check = "permissions"       // it uses only the elements, connectors and scopes it may
	FailureInjection Check = "failure_injection" // it survived the failures that were injected
	Tests            Check = "tests"             // its tests passed
	TestData         Check = "test_data"         // they used synthetic data, and a scanner found nothing personal
	CodeReview       Check = "code_review"       // somebody else than its author reviewed its code
	Dependencies     Check = "dependencies"      // no known vulnerability above the threshold
	Allowlist        Check = "allowlist"         // no package that is not allowed
	Residency        Check = "residency"         // its data may be where it runs
	Sensitivity      Check = "sensitivity"       // sensitive data have their controls on paper
	Limits           Check = "limits"            // the platform's limits and its sandbox are documented
)

// Checks lists every check, in the order in which people see them.
func Checks() []Check {
	return []Check{
		Schema, Permissions, FailureInjection, Tests, TestData, CodeReview, Dependencies, Allowlist, Residency, Sensitivity, Limits,
	}
}

// Control names the check to an exception that excuses it.
func (c Check) Control() string { return "gate/" + string(c) }

// Part is a piece of evidence that somebody hands over for the checks. Its values
// are frozen: they are names of answers, of flags and of blobs on record.
type Part string

const (
	Artefact       Part = "artefact"        // the exported flow or app, JSON
	TestResults    Part = "tests"           // JUnit XML
	FaultResults   Part = "faults"          // JUnit XML of the injected failures
	Scan           Part = "scan"            // of the test data for personal data, SARIF or JSON
	Manifest       Part = "manifest"        // the packages of custom code
	NetworkControl Part = "network_control" // what the data may reach
	LossPrevention Part = "loss_prevention" // what keeps them from leaving
	Synthetic      Part = "synthetic"       // the statement that the test data are synthetic
	Review         Part = "review"          // the link to a code review, its author and its reviewer
	Findings       Part = "findings"        // what a database knows of the packages; the process itself asks
)

// Files lists the parts that are files, in the order of the command line.
func Files() []Part {
	return []Part{Artefact, TestResults, FaultResults, Scan, Manifest, NetworkControl, LossPrevention}
}

// Parts are what a check looks at, the first of them being what its result names;
// none where it looks at the change and the policy alone.
func (c Check) Parts() []Part {
	switch c {
	case Schema, Permissions:
		return []Part{Artefact}
	case FailureInjection:
		return []Part{FaultResults}
	case Tests:
		return []Part{TestResults}
	case TestData:
		return []Part{Scan, Synthetic}
	case CodeReview:
		return []Part{Review}
	case Dependencies:
		return []Part{Manifest, Findings}
	case Allowlist:
		return []Part{Manifest}
	case Sensitivity:
		return []Part{NetworkControl, LossPrevention}
	default:
		return nil
	}
}
