package engine

import (
	"go.temporal.io/server/common/dynamicconfig"
)

// shards of the history service. Fixed for a store at its first start; a later
// value is ignored by the server. Four let two cores work side by side without
// the fixed cost per shard becoming noticeable.
const shards = 4

// pollRPS lifts the limit on how often a shard looks at its own queues. The
// server's 20 per second is made for thousands of shards; with a handful it
// puts up to 50 ms before every workflow task.
const pollRPS = 1000

// readsPerSecond is how much the frontend may ask the store: on a store of its own
// nobody else has to be protected.
const readsPerSecond = 100_000

// entriesInMemory bounds what the server keeps of runs in memory: two entries
// for each, of some 20 kB for an idle one. A run beyond it is read from the store
// when it is next touched.
const entriesInMemory = 4000

// dynamicConfig is the server's dynamic configuration with overrides applied.
func dynamicConfig(overrides map[string]any) dynamicconfig.StaticClient {
	values := dynamicconfig.StaticClient{
		dynamicconfig.TransferProcessorMaxPollRPS.Key():   pollRPS,
		dynamicconfig.TimerProcessorMaxPollRPS.Key():      pollRPS,
		dynamicconfig.VisibilityProcessorMaxPollRPS.Key(): pollRPS,
		dynamicconfig.OutboundProcessorMaxPollRPS.Key():   pollRPS,
		// Partitions spread one task queue over several matching hosts. Here is
		// one host: more of them only forward tasks and polls to each other, and
		// let the order of priorities hold within a partition only.
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,
		// Off by default in the server. Lets a start request ask that its timers
		// be skipped, which is how a year of reminders is tested in seconds.
		dynamicconfig.WorkflowTimeSkippingEnabled.Key(): true,
		// Otherwise a fresh database does not know its search attributes for
		// minutes. It costs one read per listed row, so it is not for a cluster.
		dynamicconfig.ForceSearchAttributesCacheRefreshOnRead.Key(): true,
		// Those reads count here: at the default of 2,000 a second, lists of a hundred
		// rows are refused after a few, and whoever asks waits for the repetition.
		dynamicconfig.FrontendPersistenceMaxQPS.Key(): readsPerSecond,
		// The default of 128,000 is for hosts that do nothing else: idle runs would
		// fill the memory of a small machine.
		dynamicconfig.HistoryCacheHostLevelMaxSize.Key(): entriesInMemory,
		// The default of 10 list calls a second is for shared clusters.
		dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key(): 200,
		// Nothing here calls out to the maker's servers.
		dynamicconfig.EnableServerVersionCheck.Key(): false,
	}
	for key, value := range overrides {
		values[dynamicconfig.MakeKey(key)] = value
	}
	return values
}
