"""The fields that releases of VictoriaMetrics know, from the struct tags in their source.

Written by tests/truth/struct_tags_victoriametrics.py.
Section of a configuration -> releases -> fields: ``2.45-3.0`` is from 2.45 until 3.0,
which does not know them any more.
"""

from __future__ import annotations

from typing import Final

FIELDS: Final[dict[str, dict[str, str]]] = {
    "azure_sd_configs": {
        "1.93": """
            authentication_method authorization basic_auth bearer_token bearer_token_file
            client_id client_secret environment follow_redirects headers oauth2 port
            proxy_authorization proxy_basic_auth proxy_bearer_token proxy_bearer_token_file
            proxy_headers proxy_oauth2 proxy_tls_config proxy_url resource_group subscription_id
            tenant_id tls_config
        """,
    },
    "consul_sd_configs": {
        "1.93": """
            allow_stale authorization basic_auth bearer_token bearer_token_file datacenter
            filter follow_redirects headers namespace node_meta oauth2 partition password
            proxy_authorization proxy_basic_auth proxy_bearer_token proxy_bearer_token_file
            proxy_headers proxy_oauth2 proxy_tls_config proxy_url scheme server services
            tag_separator tags tls_config token username
        """,
    },
    "consulagent_sd_configs": {
        "1.93": """
            authorization basic_auth bearer_token bearer_token_file datacenter filter
            follow_redirects headers namespace oauth2 password proxy_authorization
            proxy_basic_auth proxy_bearer_token proxy_bearer_token_file proxy_headers
            proxy_oauth2 proxy_tls_config proxy_url scheme server services tag_separator
            tls_config token username
        """,
    },
    "digitalocean_sd_configs": {
        "1.93": """
            authorization basic_auth bearer_token bearer_token_file follow_redirects headers
            oauth2 port proxy_authorization proxy_basic_auth proxy_bearer_token
            proxy_bearer_token_file proxy_headers proxy_oauth2 proxy_tls_config proxy_url server
            tls_config
        """,
    },
    "dns_sd_configs": {
        "1.93": "names port type",
    },
    "docker_sd_configs": {
        "1.93": """
            authorization basic_auth bearer_token bearer_token_file filters follow_redirects
            headers host host_networking_host oauth2 port proxy_authorization proxy_basic_auth
            proxy_bearer_token proxy_bearer_token_file proxy_headers proxy_oauth2
            proxy_tls_config proxy_url tls_config
        """,
        "1.108": "match_first_network",
    },
    "dockerswarm_sd_configs": {
        "1.93": """
            authorization basic_auth bearer_token bearer_token_file filters follow_redirects
            headers host oauth2 port proxy_authorization proxy_basic_auth proxy_bearer_token
            proxy_bearer_token_file proxy_headers proxy_oauth2 proxy_tls_config proxy_url role
            tls_config
        """,
    },
    "ec2_sd_configs": {
        "1.93": """
            access_key az_filters endpoint filters port region role_arn secret_key sts_endpoint
        """,
        "1.140": "profile",
    },
    "eureka_sd_configs": {
        "1.93": """
            authorization basic_auth bearer_token bearer_token_file follow_redirects headers
            oauth2 proxy_authorization proxy_basic_auth proxy_bearer_token
            proxy_bearer_token_file proxy_headers proxy_oauth2 proxy_tls_config proxy_url server
            tls_config
        """,
    },
    "file_sd_configs": {
        "1.93": "files",
    },
    "gce_sd_configs": {
        "1.93": "filter port project tag_separator zone",
    },
    "global": {
        "1.93": "external_labels scrape_interval scrape_timeout",
        "1.106": "metric_relabel_configs relabel_configs",
        "1.121": "label_limit",
        "1.133": "sample_limit",
    },
    "group": {
        "1.93": "labels targets",
    },
    "hetzner_sd_configs": {
        "1.97": """
            authorization basic_auth bearer_token bearer_token_file follow_redirects headers
            oauth2 port proxy_authorization proxy_basic_auth proxy_bearer_token
            proxy_bearer_token_file proxy_headers proxy_oauth2 proxy_tls_config proxy_url role
            tls_config
        """,
    },
    "http_sd_configs": {
        "1.93": """
            authorization basic_auth bearer_token bearer_token_file follow_redirects headers
            oauth2 proxy_authorization proxy_basic_auth proxy_bearer_token
            proxy_bearer_token_file proxy_headers proxy_oauth2 proxy_tls_config proxy_url
            tls_config url
        """,
    },
    "job": {
        "1.93": """
            authorization azure_sd_configs basic_auth bearer_token bearer_token_file
            consul_sd_configs consulagent_sd_configs digitalocean_sd_configs disable_compression
            disable_keepalive dns_sd_configs docker_sd_configs dockerswarm_sd_configs
            ec2_sd_configs eureka_sd_configs file_sd_configs follow_redirects gce_sd_configs
            headers honor_labels honor_timestamps http_sd_configs job_name kubernetes_sd_configs
            kuma_sd_configs metric_relabel_configs metrics_path no_stale_markers
            nomad_sd_configs oauth2 openstack_sd_configs params proxy_authorization
            proxy_basic_auth proxy_bearer_token proxy_bearer_token_file proxy_headers
            proxy_oauth2 proxy_tls_config proxy_url relabel_configs sample_limit scheme
            scrape_align_interval scrape_interval scrape_offset scrape_timeout series_limit
            static_configs stream_parse tls_config yandexcloud_sd_configs
        """,
        "1.97": "hetzner_sd_configs",
        "1.99": "enable_compression",
        "1.102": "max_scrape_size vultr_configs",
        "1.104": "ovhcloud_sd_configs",
        "1.106": "puppetdb_sd_configs",
        "1.109": "marathon_sd_configs",
        "1.121": "label_limit",
        "1.150": "linode_sd_configs",
    },
    "kubernetes_sd_configs": {
        "1.93": """
            api_server attach_metadata authorization basic_auth bearer_token bearer_token_file
            follow_redirects headers kubeconfig_file namespaces oauth2 proxy_url role selectors
            tls_config
        """,
    },
    "kuma_sd_configs": {
        "1.93": """
            authorization basic_auth bearer_token bearer_token_file follow_redirects headers
            oauth2 proxy_authorization proxy_basic_auth proxy_bearer_token
            proxy_bearer_token_file proxy_headers proxy_oauth2 proxy_tls_config proxy_url server
            tls_config
        """,
        "1.99": "client_id",
    },
    "linode_sd_configs": {
        "1.150": """
            authorization basic_auth bearer_token bearer_token_file follow_redirects headers
            oauth2 port proxy_authorization proxy_basic_auth proxy_bearer_token
            proxy_bearer_token_file proxy_headers proxy_oauth2 proxy_tls_config proxy_url region
            server tag_separator tls_config
        """,
    },
    "marathon_sd_configs": {
        "1.109": """
            authorization basic_auth bearer_token bearer_token_file follow_redirects headers
            oauth2 proxy_authorization proxy_basic_auth proxy_bearer_token
            proxy_bearer_token_file proxy_headers proxy_oauth2 proxy_tls_config proxy_url
            servers tls_config
        """,
    },
    "nomad_sd_configs": {
        "1.93": """
            allow_stale authorization basic_auth bearer_token bearer_token_file follow_redirects
            headers namespace oauth2 proxy_authorization proxy_basic_auth proxy_bearer_token
            proxy_bearer_token_file proxy_headers proxy_oauth2 proxy_tls_config proxy_url region
            server tag_separator tls_config
        """,
    },
    "openstack_sd_configs": {
        "1.93": """
            all_tenants application_credential_id application_credential_name
            application_credential_secret availability domain_id domain_name identity_endpoint
            password port project_id project_name region role tls_config userid username
        """,
    },
    "ovhcloud_sd_configs": {
        "1.104": """
            application_key application_secret authorization basic_auth bearer_token
            bearer_token_file consumer_key endpoint follow_redirects headers oauth2
            proxy_authorization proxy_basic_auth proxy_bearer_token proxy_bearer_token_file
            proxy_headers proxy_oauth2 proxy_tls_config proxy_url service tls_config
        """,
    },
    "puppetdb_sd_configs": {
        "1.106": """
            authorization basic_auth bearer_token bearer_token_file follow_redirects headers
            include_parameters oauth2 port proxy_authorization proxy_basic_auth
            proxy_bearer_token proxy_bearer_token_file proxy_headers proxy_oauth2
            proxy_tls_config proxy_url query tls_config url
        """,
    },
    "rule": {
        "1.93": """
            action if labels match modulus regex replacement separator source_labels
            target_label
        """,
    },
    "top": {
        "1.93": "global scrape_config_files scrape_configs",
    },
    "vultr_configs": {
        "1.102": """
            authorization basic_auth bearer_token bearer_token_file firewall_group_id
            follow_redirects headers hostname label main_ip oauth2 port proxy_authorization
            proxy_basic_auth proxy_bearer_token proxy_bearer_token_file proxy_headers
            proxy_oauth2 proxy_tls_config proxy_url region tls_config
        """,
    },
    "yandexcloud_sd_configs": {
        "1.93": "api_endpoint service tls_config yandex_passport_oauth_token",
        "1.139": "folder_ids",
    },
}
