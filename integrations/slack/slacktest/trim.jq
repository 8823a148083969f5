# Makes methods.json: what the stand-in needs of Slack's method descriptions.
#   jq -S -f trim.jq slack_methods_2026-08.json > methods.json
# The input is made of the files docs.slack.dev/methods/*.json of
# https://github.com/slack-ruby/slack-api-ref at f4837c0c (2026-08-20, taken
# from docs.slack.dev), one object with a key per method. Licence: MIT (see the
# LICENSE file of that repository).
def kinds: [(.type // empty), ((.anyOf // .allOf // [])[] | (.type // empty))] | unique;
. as $all
| ["apps.connections.open", "auth.test", "chat.getPermalink", "chat.postEphemeral", "chat.postMessage", "chat.update",
   "conversations.create", "conversations.history", "conversations.info", "conversations.invite", "conversations.list",
   "conversations.members", "conversations.open",
   "conversations.replies", "conversations.setPurpose", "users.info", "users.lookupByEmail", "views.open", "views.update"]
| map({key: ., value: ($all[.] | {
    json: (.json_input_supported // false),
    scopes: (.scope.bot // []),
    tier: .rate_limits,
    required: (.args.required // []),
    args: (.args.properties | map_values({kinds: kinds} + (if .maximum then {maximum} else {} end) + (if .minimum then {minimum} else {} end))),
    errors: (.errors | keys)
  })}) | from_entries
