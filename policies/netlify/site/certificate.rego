# METADATA
# title: certificate
# description: A certificate that expires soon is shown, and a person is told; one that has expired is critical. Netlify renews its own well before.
package policies.netlify.site.certificate

# METADATA
# description: it expires soon
findings contains finding if {
	input.site.cert_expires_s < data.config.netlify.warn.cert_expires
	input.site.cert_expires_s > 0

	finding := {"score": 70, "severity": "warning", "reason": sprintf("the certificate expires in %d h", [_hours])}
}

# METADATA
# description: it has expired
findings contains finding if {
	input.site.cert_expires_s <= 0

	finding := {"score": 0, "severity": "critical", "reason": "the certificate has expired"}
}

# METADATA
# description: tell a person of one that expires soon
alerts contains alert if {
	input.site.cert_expires_s < data.config.netlify.warn.cert_expires
	input.site.cert_expires_s > 0

	alert := {"severity": "warning", "reason": sprintf("the certificate of %s expires in %d h: look at its DNS, and renew it under Domain management", [input.site.site, _hours])}
}

# METADATA
# description: tell a person of one that has expired
alerts contains alert if {
	input.site.cert_expires_s <= 0

	alert := {"severity": "critical", "reason": sprintf("the certificate of %s has expired: renew it under Domain management", [input.site.site])}
}

# _hours are whole ones, rounded down.
_hours := (input.site.cert_expires_s - (input.site.cert_expires_s % 3600)) / 3600
