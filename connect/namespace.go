package connect

// Namespace is the namespace that Dial would connect to with these options:
// the one given, else TEMPORAL_NAMESPACE, else the profile's, else "default".
func Namespace(o Options) (string, error) {
	options, err := o.client()
	return options.Namespace, err
}
