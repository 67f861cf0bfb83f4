# METADATA
# title: tests of certificate
package policies.netlify.site.certificate_test

import data.policies.fixtures.netlify as fixtures
import data.policies.netlify.site.certificate

_findings(site) := answer if {
	answer := certificate.findings with input as object.union(fixtures.site, {"site": site}) with data.config as fixtures.config
}

_alerts(site) := answer if {
	answer := certificate.alerts with input as object.union(fixtures.site, {"site": site}) with data.config as fixtures.config
}

test_says_nothing_about_one_that_lasts if {
	every left in [1209600, 1209601] {
		count(_findings({"cert_expires_s": left})) == 0
		count(_alerts({"cert_expires_s": left})) == 0
	}
}

test_warns_of_one_that_expires_soon if {
	every left in [1, 7199, 1209599] {
		findings := _findings({"cert_expires_s": left})
		count(findings) == 1
		some finding in findings
		finding.score == 70
		finding.severity == "warning"
		alerts := _alerts({"cert_expires_s": left})
		count(alerts) == 1
		some alert in alerts
		alert.severity == "warning"
	}
	some finding in _findings({"cert_expires_s": 7199})
	finding.reason == "the certificate expires in 1 h"
}

test_is_critical_once_it_has_expired if {
	every left in [0, -5] {
		findings := _findings({"cert_expires_s": left})
		count(findings) == 1
		some finding in findings
		finding.score == 0
		finding.severity == "critical"
		alerts := _alerts({"cert_expires_s": left})
		count(alerts) == 1
		some alert in alerts
		alert.severity == "critical"
	}
}

test_says_nothing_where_it_is_not_known if {
	unknown := json.remove(fixtures.site, ["site/cert_expires_s"])
	count(certificate.findings) == 0 with input as unknown with data.config as fixtures.config
	count(certificate.alerts) == 0 with input as unknown with data.config as fixtures.config
}
