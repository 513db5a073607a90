"""The types of the fields that releases of Prometheus know, from the structs in their
source.

Written by tests/truth/struct_types.py. Section of a configuration -> releases -> field
and type: ``2.45-3.0`` is from 2.45 until 3.0, which does not know them any more.
``[job`` is a list of that section, ``[`` of the one named as the field;
``http_client:inline`` stands for the fields of that section.
"""

from __future__ import annotations

from typing import Final

TYPES: Final[dict[str, dict[str, str]]] = {
    "AlertingConfig": {
        "2.24": "alert_relabel_configs:rules alertmanagers:[AlertmanagerConfig",
    },
    "AlertmanagerConfig": {
        "2.24": """
            api_version:text discoveries:inline http_client:inline path_prefix:text
            relabel_configs:rules scheme:text timeout:duration
        """,
        "2.48": "sigv4:any",
        "2.51": "alert_relabel_configs:rules",
    },
    "Authorization": {
        "2.26": "credentials:text credentials_file:text type:text",
        "2.53": "credentials_ref:text",
    },
    "BasicAuth": {
        "2.24": "password:text password_file:text username:text",
        "2.49": "username_file:text",
        "2.53": "password_ref:text username_ref:text",
    },
    "ChunkEncodingConfig": {
        "3.13": "floats:text",
    },
    "ExemplarsConfig": {
        "2.29": "max_exemplars:int",
    },
    "MetadataConfig": {
        "2.24": "send:bool send_interval:duration",
        "2.29": "max_samples_per_send:int",
    },
    "OAuth2": {
        "2.27": """
            client_id:text client_secret:text client_secret_file:text endpoint_params:map
            scopes:texts token_url:text
        """,
        "2.31": "tls_config:TLSConfig",
        "2.35": "proxy_url:url",
        "2.43": "no_proxy:text proxy_connect_header:any proxy_from_environment:bool",
        "2.53": "client_secret_ref:text",
        "3.8": """
            audience:text claims:any client_certificate_key:text
            client_certificate_key_file:text client_certificate_key_id:text
            client_certificate_key_ref:text grant_type:text iss:text signature_algorithm:text
        """,
    },
    "OTLPConfig": {
        "2.55": "promote_resource_attributes:texts",
        "3.0-3.7": "translation_strategy:text",
        "3.1": "keep_identifying_resource_attributes:bool",
        "3.4": "convert_histograms_to_nhcb:bool",
        "3.5": "ignore_resource_attributes:texts promote_all_resource_attributes:bool",
        "3.6": "promote_scope_metadata:bool",
        "3.7": "translation_strategy:any",
        "3.8": """
            label_name_preserve_multiple_underscores:bool
            label_name_underscore_sanitization:bool
        """,
    },
    "QueueConfig": {
        "2.24": """
            batch_send_deadline:duration capacity:int max_backoff:duration
            max_samples_per_send:int max_shards:int min_backoff:duration min_shards:int
        """,
        "2.26": "retry_on_http_429:bool",
        "2.50": "sample_age_limit:duration",
    },
    "RemoteReadConfig": {
        "2.24": """
            http_client:inline name:text read_recent:bool remote_timeout:duration
            required_matchers:labels url:url
        """,
        "2.26": "headers:map",
        "2.34": "filter_external_labels:bool",
        "2.55": "chunked_read_limit:uint",
    },
    "RemoteWriteConfig": {
        "2.24": """
            http_client:inline metadata_config:MetadataConfig name:text queue_config:QueueConfig
            remote_timeout:duration url:url write_relabel_configs:rules
        """,
        "2.25": "headers:map",
        "2.26-2.30": "sigv4:SigV4Config",
        "2.27": "send_exemplars:bool",
        "2.30": "sigv4:any",
        "2.40": "send_native_histograms:bool",
        "2.45": "azuread:any",
        "2.54-3.8": "protobuf_message:text",
        "2.55": "google_iam:any",
        "3.1": "round_robin_dns:bool",
        "3.8": "protobuf_message:any",
    },
    "RuntimeConfig": {
        "2.53": "gogc:int",
    },
    "SigV4Config": {
        "2.26-2.30": """
            access_key:text profile:text region:text role_arn:text secret_key:text
        """,
    },
    "StorageConfig": {
        "2.29": "exemplars:ExemplarsConfig",
        "2.39": "tsdb:TSDBConfig",
    },
    "TLSConfig": {
        "2.24": """
            ca_file:text cert_file:text insecure_skip_verify:bool key_file:text server_name:text
        """,
        "2.35": "min_version:tls_version",
        "2.41": "max_version:tls_version",
        "2.45": "ca:text cert:text key:text",
        "2.53": "ca_ref:text cert_ref:text key_ref:text",
    },
    "TSDBConfig": {
        "2.39": "out_of_order_time_window:duration",
        "3.8": "retention:TSDBRetentionConfig",
        "3.10": "stale_series_compaction_threshold:float",
        "3.13": "chunk_encoding:ChunkEncodingConfig",
    },
    "TSDBRetentionConfig": {
        "3.8": "size:bytes time:duration",
        "3.11": "percentage:float",
    },
    "TracingConfig": {
        "2.34": """
            client_type:text compression:text endpoint:text headers:map insecure:bool
            sampling_fraction:float timeout:duration tls_config:TLSConfig
        """,
    },
    "aws.EC2Filter": {
        "2.27-3.13": "name:text values:texts",
    },
    "aws.Filter": {
        "3.13": "name:text values:texts",
    },
    "aws_sd_configs": {
        "3.8": """
            access_key:text clusters:texts endpoint:text http_client:inline port:int
            profile:text refresh_interval:duration region:text role:text role_arn:text
            secret_key:text
        """,
        "3.8-3.13": "filters:[aws.EC2Filter",
        "3.12": "external_id:text",
        "3.13": "filters:[aws.Filter",
    },
    "azure_sd_configs": {
        "2.24": """
            authentication_method:text client_id:text client_secret:any environment:text
            port:int refresh_interval:duration subscription_id:text tenant_id:text
        """,
        "2.31": "http_client:inline",
        "2.35": "resource_group:text",
    },
    "consul_sd_configs": {
        "2.24": """
            allow_stale:bool datacenter:text node_meta:map password:text
            refresh_interval:duration scheme:text server:text services:texts tag_separator:text
            tags:texts token:text username:text
        """,
        "2.24-2.28": "tls_config:TLSConfig",
        "2.28": "http_client:inline namespace:text",
        "2.40": "partition:text",
        "2.45": "path_prefix:text",
        "3.0": "filter:text",
        "3.12": "health_filter:text",
    },
    "digitalocean_sd_configs": {
        "2.24": "http_client:inline port:int refresh_interval:duration",
        "3.12": "role:text",
    },
    "discoveries": {
        "2.24": """
            azure_sd_configs:[ consul_sd_configs:[ digitalocean_sd_configs:[ dns_sd_configs:[
            dockerswarm_sd_configs:[ ec2_sd_configs:[ eureka_sd_configs:[ file_sd_configs:[
            gce_sd_configs:[ hetzner_sd_configs:[ kubernetes_sd_configs:[ marathon_sd_configs:[
            nerve_sd_configs:[ openstack_sd_configs:[ serverset_sd_configs:[ static_configs:[
            triton_sd_configs:[
        """,
        "2.26": "scaleway_sd_configs:[",
        "2.27": "docker_sd_configs:[ lightsail_sd_configs:[",
        "2.28": "http_sd_configs:[ linode_sd_configs:[",
        "2.29": "kuma_sd_configs:[",
        "2.31": "puppetdb_sd_configs:[ uyuni_sd_configs:[",
        "2.36": "ionos_sd_configs:[ vultr_sd_configs:[",
        "2.37": "nomad_sd_configs:[",
        "2.40": "ovhcloud_sd_configs:[",
        "3.5": "stackit_sd_configs:[",
        "3.8": "aws_sd_configs:[ ecs_sd_configs:[",
        "3.10": "msk_sd_configs:[",
        "3.11": "elasticache_sd_configs:[ rds_sd_configs:[",
        "3.12": "outscale_sd_configs:[",
        "3.14": "oci_sd_configs:[",
    },
    "dns_sd_configs": {
        "2.24": "names:texts port:int refresh_interval:duration type:text",
    },
    "docker_sd_configs": {
        "2.27": """
            filters:[moby.Filter host:text http_client:inline port:int refresh_interval:duration
        """,
        "2.30": "host_networking_host:text",
        "2.54": "match_first_network:bool",
    },
    "dockerswarm.Filter": {
        "2.24-2.27": "name:text values:texts",
    },
    "dockerswarm_sd_configs": {
        "2.24": """
            host:text http_client:inline port:int refresh_interval:duration role:text
        """,
        "2.24-2.27": "filters:[dockerswarm.Filter",
        "2.27": "filters:[moby.Filter",
    },
    "ec2.Filter": {
        "2.24-2.27": "name:text values:texts",
    },
    "ec2_sd_configs": {
        "2.24": """
            access_key:text endpoint:text port:int profile:text refresh_interval:duration
            region:text role_arn:text secret_key:text
        """,
        "2.24-2.27": "filters:[ec2.Filter",
        "2.27-3.13": "filters:[aws.EC2Filter",
        "2.41": "http_client:inline",
        "3.12": "external_id:text",
        "3.13": "filters:[aws.Filter",
    },
    "ecs_sd_configs": {
        "3.8": """
            access_key:text clusters:texts endpoint:text http_client:inline port:int
            profile:text refresh_interval:duration region:text request_concurrency:int
            role_arn:text secret_key:text
        """,
        "3.12": "external_id:text",
    },
    "elasticache_sd_configs": {
        "3.11": """
            access_key:text clusters:texts endpoint:text http_client:inline port:int
            profile:text refresh_interval:duration region:text request_concurrency:int
            role_arn:text secret_key:text
        """,
        "3.12": "external_id:text",
    },
    "eureka_sd_configs": {
        "2.24": "http_client:inline refresh_interval:duration server:text",
    },
    "file_sd_configs": {
        "2.24": "files:texts refresh_interval:duration",
    },
    "gce_sd_configs": {
        "2.24": """
            filter:text port:int project:text refresh_interval:duration tag_separator:text
            zone:text
        """,
    },
    "global": {
        "2.24": """
            evaluation_interval:duration external_labels:labels query_log_file:text
            scrape_interval:duration scrape_timeout:duration
        """,
        "2.45": """
            body_size_limit:bytes label_limit:uint label_name_length_limit:uint
            label_value_length_limit:uint sample_limit:uint target_limit:uint
        """,
        "2.47": "keep_dropped_targets:uint",
        "2.49": "scrape_protocols:any",
        "2.53": "rule_query_offset:duration",
        "2.55": "metric_name_validation_scheme:text scrape_failure_log_file:text",
        "3.4": """
            convert_classic_histograms_to_nhcb:bool metric_name_escaping_scheme:text
        """,
        "3.5": "always_scrape_classic_histograms:bool",
        "3.8": "scrape_native_histograms:bool",
        "3.10": "extra_scrape_metrics:bool",
    },
    "hetzner_sd_configs": {
        "2.24": "http_client:inline port:int refresh_interval:duration role:text",
        "3.5": "label_selector:text",
    },
    "http_client": {
        "2.24": """
            basic_auth:BasicAuth bearer_token:text bearer_token_file:text proxy_url:url
            tls_config:TLSConfig
        """,
        "2.26": "authorization:Authorization follow_redirects:bool",
        "2.27": "oauth2:OAuth2",
        "2.35": "enable_http2:bool",
        "2.41": "proxy_connect_header:any",
        "2.43": "no_proxy:text proxy_from_environment:bool",
        "2.53": "http_headers:any",
    },
    "http_sd_configs": {
        "2.28": "http_client:inline refresh_interval:duration url:text",
    },
    "ionos_sd_configs": {
        "2.36": """
            datacenter_id:text http_client:inline port:int refresh_interval:duration
        """,
    },
    "job": {
        "2.24": """
            discoveries:inline honor_labels:bool honor_timestamps:bool http_client:inline
            job_name:text metric_relabel_configs:rules metrics_path:text params:lists
            relabel_configs:rules sample_limit:uint scheme:text scrape_interval:duration
            scrape_timeout:duration target_limit:uint
        """,
        "2.27": """
            label_limit:uint label_name_length_limit:uint label_value_length_limit:uint
        """,
        "2.28": "body_size_limit:bytes",
        "2.45": "native_histogram_bucket_limit:uint",
        "2.45-3.0": "scrape_classic_histograms:bool",
        "2.47": "keep_dropped_targets:uint",
        "2.48": "track_timestamps_staleness:bool",
        "2.49": "enable_compression:bool scrape_protocols:any",
        "2.50": "native_histogram_min_bucket_factor:float",
        "2.55": "metric_name_validation_scheme:text scrape_failure_log_file:text",
        "3.0": """
            always_scrape_classic_histograms:bool convert_classic_histograms_to_nhcb:bool
            fallback_scrape_protocol:text
        """,
        "3.4": "metric_name_escaping_scheme:text",
        "3.8": "scrape_native_histograms:bool",
        "3.10": "extra_scrape_metrics:bool",
    },
    "kubernetes.AttachMetadataConfig": {
        "2.35": "node:bool",
        "3.6": "namespace:bool",
        "3.11": "cronjob:bool deployment:bool job:bool",
    },
    "kubernetes.NamespaceDiscovery": {
        "2.24": "names:texts",
        "2.33": "own_namespace:bool",
    },
    "kubernetes.SelectorConfig": {
        "2.24": "field:text label:text role:text",
    },
    "kubernetes_sd_configs": {
        "2.24": """
            api_server:url http_client:inline namespaces:kubernetes.NamespaceDiscovery role:text
            selectors:[kubernetes.SelectorConfig
        """,
        "2.28": "kubeconfig_file:text",
        "2.35": "attach_metadata:kubernetes.AttachMetadataConfig",
    },
    "kuma_sd_configs": {
        "2.29": """
            fetch_timeout:duration http_client:inline refresh_interval:duration server:text
        """,
        "2.50": "client_id:text",
    },
    "lightsail_sd_configs": {
        "2.27": """
            access_key:text endpoint:text port:int profile:text refresh_interval:duration
            region:text role_arn:text secret_key:text
        """,
        "2.41": "http_client:inline",
        "3.12": "external_id:text",
    },
    "linode_sd_configs": {
        "2.28": """
            http_client:inline port:int refresh_interval:duration tag_separator:text
        """,
        "2.52": "region:text",
    },
    "marathon_sd_configs": {
        "2.24": """
            auth_token:text auth_token_file:text http_client:inline refresh_interval:duration
            servers:texts
        """,
    },
    "moby.Filter": {
        "2.27": "name:text values:texts",
    },
    "msk_sd_configs": {
        "3.10": """
            access_key:text clusters:texts endpoint:text http_client:inline port:int
            profile:text refresh_interval:duration region:text request_concurrency:int
            role_arn:text secret_key:text
        """,
        "3.12": "external_id:text",
    },
    "nerve_sd_configs": {
        "2.24": "paths:texts servers:texts timeout:duration",
    },
    "nomad_sd_configs": {
        "2.37": """
            allow_stale:bool http_client:inline namespace:text refresh_interval:duration
            region:text server:text tag_separator:text
        """,
    },
    "oci_sd_configs": {
        "3.14": """
            auth:text compartments:texts fingerprint:text http_client:inline key_file:text
            key_passphrase:text key_passphrase_file:text port:int refresh_interval:duration
            region:text tenancy:text user:text
        """,
    },
    "openstack_sd_configs": {
        "2.24": """
            all_tenants:bool application_credential_id:text application_credential_name:text
            application_credential_secret:text availability:text domain_id:text domain_name:text
            identity_endpoint:text password:text port:int project_id:text project_name:text
            refresh_interval:duration region:text role:text tls_config:TLSConfig userid:text
            username:text
        """,
    },
    "outscale_sd_configs": {
        "3.12": """
            access_key:text endpoint:text http_client:inline port:int refresh_interval:duration
            region:text secret_key:text secret_key_file:text
        """,
    },
    "ovhcloud_sd_configs": {
        "2.40": """
            application_key:text application_secret:text consumer_key:text endpoint:text
            refresh_interval:duration service:text
        """,
    },
    "puppetdb_sd_configs": {
        "2.31": """
            http_client:inline include_parameters:bool port:int query:text
            refresh_interval:duration url:text
        """,
    },
    "rds_sd_configs": {
        "3.11": """
            access_key:text clusters:texts endpoint:text http_client:inline port:int
            profile:text refresh_interval:duration region:text request_concurrency:int
            role_arn:text secret_key:text
        """,
        "3.12": "external_id:text",
        "3.13": "filters:[aws.Filter",
    },
    "scaleway_sd_configs": {
        "2.26": """
            access_key:text api_url:text http_client:inline name_filter:text port:int
            project_id:text refresh_interval:duration role:text secret_key:text
            tags_filter:texts zone:text
        """,
        "2.27": "secret_key_file:text",
    },
    "serverset_sd_configs": {
        "2.24": "paths:texts servers:texts timeout:duration",
    },
    "stackit_sd_configs": {
        "3.5": """
            credentials_file_path:text endpoint:text http_client:inline port:int
            private_key:text private_key_path:text project:text refresh_interval:duration
            region:text service_account_key:text service_account_key_path:text
        """,
    },
    "top": {
        "2.24": """
            alerting:AlertingConfig global:global remote_read:[RemoteReadConfig
            remote_write:[RemoteWriteConfig rule_files:texts scrape_configs:[job
        """,
        "2.29": "storage:StorageConfig",
        "2.34": "tracing:TracingConfig",
        "2.43": "scrape_config_files:texts",
        "2.53": "runtime:RuntimeConfig",
        "2.55": "otlp:OTLPConfig",
    },
    "triton_sd_configs": {
        "2.24": """
            account:text dns_suffix:text endpoint:text groups:texts port:int
            refresh_interval:duration role:text tls_config:TLSConfig version:int
        """,
    },
    "uyuni_sd_configs": {
        "2.31": """
            entitlement:text http_client:inline password:text refresh_interval:duration
            separator:text username:text
        """,
        "2.31-2.32": "server:url",
        "2.32": "server:text",
    },
    "vultr_sd_configs": {
        "2.36": "http_client:inline port:int refresh_interval:duration",
    },
}
