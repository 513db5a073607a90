"""The fields that releases of Prometheus know, from the struct tags in their source.

Written by tests/truth/struct_tags.py.
Section of a configuration -> releases -> fields: ``2.45-3.0`` is from 2.45 until 3.0,
which does not know them any more; ``http_client`` as a field stands for the
fields of that section.
"""

from __future__ import annotations

from typing import Final

FIELDS: Final[dict[str, dict[str, str]]] = {
    "aws_sd_configs": {
        "3.8": """
            access_key clusters endpoint filters http_client port profile refresh_interval
            region role role_arn secret_key
        """,
        "3.12": "external_id",
    },
    "azure_sd_configs": {
        "2.24": """
            authentication_method client_id client_secret environment port refresh_interval
            subscription_id tenant_id
        """,
        "2.31": "http_client",
        "2.35": "resource_group",
    },
    "consul_sd_configs": {
        "2.24": """
            allow_stale datacenter node_meta password refresh_interval scheme server services
            tag_separator tags token username
        """,
        "2.24-2.28": "tls_config",
        "2.28": "http_client namespace",
        "2.40": "partition",
        "2.45": "path_prefix",
        "3.0": "filter",
        "3.12": "health_filter",
    },
    "digitalocean_sd_configs": {
        "2.24": "http_client port refresh_interval",
        "3.12": "role",
    },
    "dns_sd_configs": {
        "2.24": "names port refresh_interval type",
    },
    "docker_sd_configs": {
        "2.27": "filters host http_client port refresh_interval",
        "2.30": "host_networking_host",
        "2.54": "match_first_network",
    },
    "dockerswarm_sd_configs": {
        "2.24": "filters host http_client port refresh_interval role",
    },
    "ec2_sd_configs": {
        "2.24": """
            access_key endpoint filters port profile refresh_interval region role_arn secret_key
        """,
        "2.41": "http_client",
        "3.12": "external_id",
    },
    "ecs_sd_configs": {
        "3.8": """
            access_key clusters endpoint http_client port profile refresh_interval region
            request_concurrency role_arn secret_key
        """,
        "3.12": "external_id",
    },
    "elasticache_sd_configs": {
        "3.11": """
            access_key clusters endpoint http_client port profile refresh_interval region
            request_concurrency role_arn secret_key
        """,
        "3.12": "external_id",
    },
    "eureka_sd_configs": {
        "2.24": "http_client refresh_interval server",
    },
    "file_sd_configs": {
        "2.24": "files refresh_interval",
    },
    "gce_sd_configs": {
        "2.24": "filter port project refresh_interval tag_separator zone",
    },
    "global": {
        "2.24": """
            evaluation_interval external_labels query_log_file scrape_interval scrape_timeout
        """,
        "2.45": """
            body_size_limit label_limit label_name_length_limit label_value_length_limit
            sample_limit target_limit
        """,
        "2.47": "keep_dropped_targets",
        "2.49": "scrape_protocols",
        "2.53": "rule_query_offset",
        "2.55": "metric_name_validation_scheme scrape_failure_log_file",
        "3.4": "convert_classic_histograms_to_nhcb metric_name_escaping_scheme",
        "3.5": "always_scrape_classic_histograms",
        "3.8": "scrape_native_histograms",
        "3.10": "extra_scrape_metrics",
    },
    "hetzner_sd_configs": {
        "2.24": "http_client port refresh_interval role",
        "3.5": "label_selector",
    },
    "http_client": {
        "2.24": "basic_auth bearer_token bearer_token_file proxy_url tls_config",
        "2.26": "authorization follow_redirects",
        "2.27": "oauth2",
        "2.35": "enable_http2",
        "2.41": "proxy_connect_header",
        "2.43": "no_proxy proxy_from_environment",
        "2.53": "http_headers",
    },
    "http_sd_configs": {
        "2.28": "http_client refresh_interval url",
    },
    "included": {
        "2.43": "scrape_configs",
    },
    "ionos_sd_configs": {
        "2.36": "datacenter_id http_client port refresh_interval",
    },
    "job": {
        "2.24": """
            azure_sd_configs consul_sd_configs digitalocean_sd_configs dns_sd_configs
            dockerswarm_sd_configs ec2_sd_configs eureka_sd_configs file_sd_configs
            gce_sd_configs hetzner_sd_configs honor_labels honor_timestamps http_client job_name
            kubernetes_sd_configs marathon_sd_configs metric_relabel_configs metrics_path
            nerve_sd_configs openstack_sd_configs params relabel_configs sample_limit scheme
            scrape_interval scrape_timeout serverset_sd_configs static_configs target_limit
            triton_sd_configs
        """,
        "2.26": "scaleway_sd_configs",
        "2.27": """
            docker_sd_configs label_limit label_name_length_limit label_value_length_limit
            lightsail_sd_configs
        """,
        "2.28": "body_size_limit http_sd_configs linode_sd_configs",
        "2.29": "kuma_sd_configs",
        "2.31": "puppetdb_sd_configs uyuni_sd_configs",
        "2.36": "ionos_sd_configs vultr_sd_configs",
        "2.37": "nomad_sd_configs",
        "2.40": "ovhcloud_sd_configs",
        "2.45": "native_histogram_bucket_limit",
        "2.45-3.0": "scrape_classic_histograms",
        "2.47": "keep_dropped_targets",
        "2.48": "track_timestamps_staleness",
        "2.49": "enable_compression scrape_protocols",
        "2.50": "native_histogram_min_bucket_factor",
        "2.55": "metric_name_validation_scheme scrape_failure_log_file",
        "3.0": """
            always_scrape_classic_histograms convert_classic_histograms_to_nhcb
            fallback_scrape_protocol
        """,
        "3.4": "metric_name_escaping_scheme",
        "3.5": "stackit_sd_configs",
        "3.8": "aws_sd_configs ecs_sd_configs scrape_native_histograms",
        "3.10": "extra_scrape_metrics msk_sd_configs",
        "3.11": "elasticache_sd_configs rds_sd_configs",
        "3.12": "outscale_sd_configs",
        "3.14": "oci_sd_configs",
    },
    "kubernetes_sd_configs": {
        "2.24": "api_server http_client namespaces role selectors",
        "2.28": "kubeconfig_file",
        "2.35": "attach_metadata",
    },
    "kuma_sd_configs": {
        "2.29": "fetch_timeout http_client refresh_interval server",
        "2.50": "client_id",
    },
    "lightsail_sd_configs": {
        "2.27": """
            access_key endpoint port profile refresh_interval region role_arn secret_key
        """,
        "2.41": "http_client",
        "3.12": "external_id",
    },
    "linode_sd_configs": {
        "2.28": "http_client port refresh_interval tag_separator",
        "2.52": "region",
    },
    "marathon_sd_configs": {
        "2.24": "auth_token auth_token_file http_client refresh_interval servers",
    },
    "msk_sd_configs": {
        "3.10": """
            access_key clusters endpoint http_client port profile refresh_interval region
            request_concurrency role_arn secret_key
        """,
        "3.12": "external_id",
    },
    "nerve_sd_configs": {
        "2.24": "paths servers timeout",
    },
    "nomad_sd_configs": {
        "2.37": """
            allow_stale http_client namespace refresh_interval region server tag_separator
        """,
    },
    "oci_sd_configs": {
        "3.14": """
            auth compartments fingerprint http_client key_file key_passphrase
            key_passphrase_file port refresh_interval region tenancy user
        """,
    },
    "openstack_sd_configs": {
        "2.24": """
            all_tenants application_credential_id application_credential_name
            application_credential_secret availability domain_id domain_name identity_endpoint
            password port project_id project_name refresh_interval region role tls_config userid
            username
        """,
    },
    "outscale_sd_configs": {
        "3.12": """
            access_key endpoint http_client port refresh_interval region secret_key
            secret_key_file
        """,
    },
    "ovhcloud_sd_configs": {
        "2.40": """
            application_key application_secret consumer_key endpoint refresh_interval service
        """,
    },
    "puppetdb_sd_configs": {
        "2.31": "http_client include_parameters port query refresh_interval url",
    },
    "rds_sd_configs": {
        "3.11": """
            access_key clusters endpoint http_client port profile refresh_interval region
            request_concurrency role_arn secret_key
        """,
        "3.12": "external_id",
        "3.13": "filters",
    },
    "rule": {
        "2.24": "action modulus regex replacement separator source_labels target_label",
    },
    "scaleway_sd_configs": {
        "2.26": """
            access_key api_url http_client name_filter port project_id refresh_interval role
            secret_key tags_filter zone
        """,
        "2.27": "secret_key_file",
    },
    "serverset_sd_configs": {
        "2.24": "paths servers timeout",
    },
    "stackit_sd_configs": {
        "3.5": """
            credentials_file_path endpoint http_client port private_key private_key_path project
            refresh_interval region service_account_key service_account_key_path
        """,
    },
    "top": {
        "2.24": "alerting global remote_read remote_write rule_files scrape_configs",
        "2.29": "storage",
        "2.34": "tracing",
        "2.43": "scrape_config_files",
        "2.53": "runtime",
        "2.55": "otlp",
    },
    "triton_sd_configs": {
        "2.24": """
            account dns_suffix endpoint groups port refresh_interval role tls_config version
        """,
    },
    "uyuni_sd_configs": {
        "2.31": """
            entitlement http_client password refresh_interval separator server username
        """,
    },
    "vultr_sd_configs": {
        "2.36": "http_client port refresh_interval",
    },
}
