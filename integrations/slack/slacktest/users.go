package slacktest

import "strings"

func (s *Server) authTest(args) (answer, *apiError) {
	body := map[string]any{
		"url": "https://" + s.o.TeamName + ".slack.com/", "team": s.o.TeamName, "team_id": s.o.TeamID,
		"user": "countersign", "user_id": s.o.BotUserID, "bot_id": s.o.BotID, "app_id": s.o.AppID, "is_enterprise_install": false,
	}
	if s.o.EnterpriseID != "" {
		body["enterprise_id"] = s.o.EnterpriseID
	}
	return answer{body: body}, nil
}

func (s *Server) userInfo(a args) (answer, *apiError) {
	u := s.user(a.str("user"))
	if u == nil {
		return answer{}, failed("user_not_found")
	}
	return answer{body: map[string]any{"user": s.userJSON(*u)}}, nil
}

// lookupByEmail answers users_not_found for unknown and deactivated people alike.
func (s *Server) lookupByEmail(a args) (answer, *apiError) {
	for _, u := range s.state.Users {
		if !u.Deleted && u.Email != "" && strings.EqualFold(u.Email, a.str("email")) {
			return answer{body: map[string]any{"user": s.userJSON(u)}}, nil
		}
	}
	return answer{}, failed("users_not_found")
}

func (s *Server) userJSON(u User) map[string]any {
	return map[string]any{
		"id": u.ID, "team_id": s.home(u), "name": u.Name, "real_name": u.RealName, "tz": u.TZ, "deleted": u.Deleted,
		"is_bot": u.Bot, "profile": map[string]any{"email": u.Email, "real_name": u.RealName},
	}
}

func (s *Server) home(u User) string {
	if u.TeamID != "" {
		return u.TeamID
	}
	return s.o.TeamID
}
