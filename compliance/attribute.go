package compliance

// Names of the search attributes every process sets, upserted together and
// only on stage changes. They are never encrypted, so none holds personal
// data: people appear by their opaque id.
const (
	AttributeProcess     = "Process"     // keyword: "change"
	AttributeStage       = "Stage"       // keyword: the typed state
	AttributeNumber      = "Number"      // keyword: CHG-7
	AttributeSystem      = "System"      // keyword
	AttributeSystems     = "Systems"     // keyword list: every system that a vendor's artefact concerns
	AttributeAwaiting    = "Awaiting"    // keyword list of person ids
	AttributeDue         = "Due"         // datetime: when the wait ends by itself
	AttributeSeverity    = "Severity"    // keyword
	AttributeEnvironment = "Environment" // keyword
)

// Names of the task queues, one per capability.
const (
	QueueWorkflows = "workflows" // workflows, and activities that read rules and directory
	QueueTickets   = "tickets"
	QueueMessages  = "messages"
	QueuePages     = "pages"
	QueuePlatforms = "platforms"
	QueueFeeds     = "feeds"
	QueueEvidence  = "evidence" // served by one process only, the one that holds the log
)
