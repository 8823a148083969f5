package patch

// The subset of CSAF 2.0 (OASIS standard of 18 November 2022) that is read.
type (
	csafDocument struct {
		Document struct {
			Category  string `json:"category"`
			Version   string `json:"csaf_version"`
			Title     string `json:"title"`
			Aggregate struct {
				Text string `json:"text"`
			} `json:"aggregate_severity"`
			Publisher struct {
				Name string `json:"name"`
			} `json:"publisher"`
			Tracking struct {
				ID      string `json:"id"`
				Status  string `json:"status"`
				Version string `json:"version"`
				Initial string `json:"initial_release_date"`
				Current string `json:"current_release_date"`
			} `json:"tracking"`
		} `json:"document"`
		Tree struct {
			Branches []csafBranch  `json:"branches"`
			Names    []csafProduct `json:"full_product_names"`
			Related  []struct {
				Product csafProduct `json:"full_product_name"`
			} `json:"relationships"`
			Groups []struct {
				ID         string   `json:"group_id"`
				ProductIDs []string `json:"product_ids"`
			} `json:"product_groups"`
		} `json:"product_tree"`
		Vulnerabilities []csafVulnerability `json:"vulnerabilities"`
	}
	csafBranch struct {
		Category string       `json:"category"`
		Name     string       `json:"name"`
		Product  *csafProduct `json:"product"`
		Branches []csafBranch `json:"branches"`
	}
	csafProduct struct {
		Name   string `json:"name"`
		ID     string `json:"product_id"`
		Helper struct {
			PURL string `json:"purl"`
		} `json:"product_identification_helper"`
	}
	csafVulnerability struct {
		CVE string `json:"cve"`
		IDs []struct {
			Text string `json:"text"`
		} `json:"ids"`
		Status       map[string][]string `json:"product_status"`
		Remediations []csafRemediation   `json:"remediations"`
		Scores       []struct {
			V3 *struct {
				Severity string  `json:"baseSeverity"`
				Score    float64 `json:"baseScore"`
			} `json:"cvss_v3"`
			Products []string `json:"products"`
		} `json:"scores"`
	}
	csafRemediation struct {
		Category   string   `json:"category"`
		Details    string   `json:"details"`
		URL        string   `json:"url"`
		ProductIDs []string `json:"product_ids"`
		GroupIDs   []string `json:"group_ids"`
	}
)
