# nomad job run fieldkeep.nomad.hcl
# Wants a variable at nomad/jobs/fieldkeep with the items `repository` (a URL that git may read) and,
# unless Nomad gives its jobs tokens of Consul by itself, `consul_token`.
job "fieldkeep" {
  type = "service"

  group "watch" {
    count = 1

    network {
      port "metrics" {}
    }

    service {
      name     = "fieldkeep"
      port     = "metrics"
      provider = "consul"

      check {
        type     = "http"
        path     = "/healthz"
        interval = "15s"
        timeout  = "5s"
      }
    }

    task "clone" {
      driver = "docker"
      user   = "10001:10001"

      lifecycle {
        hook = "prestart"
      }

      config {
        image           = "registry.example.com/fieldkeep:1.0.0"
        entrypoint      = ["sh", "-c", "test -d /alloc/project/.git || git clone --quiet \"$REPOSITORY\" /alloc/project"]
        readonly_rootfs = true
        cap_drop        = ["all"]
        security_opt    = ["no-new-privileges"]
      }

      template {
        destination = "secrets/clone.env"
        env         = true
        data        = "REPOSITORY={{ with nomadVar \"nomad/jobs/fieldkeep\" }}{{ .repository }}{{ end }}\n"
      }

      resources {
        cpu    = 100
        memory = 128
      }
    }

    task "watch" {
      driver       = "docker"
      user         = "10001:10001"
      kill_signal  = "SIGTERM"
      kill_timeout = "90s"

      config {
        image           = "registry.example.com/fieldkeep:1.0.0"
        args            = ["-C", "/alloc/project", "watch", "--env", "production", "--heal", "--ref", "origin/main", "--fetch", "--listen", "0.0.0.0:${NOMAD_PORT_metrics}"]
        ports           = ["metrics"]
        readonly_rootfs = true
        cap_drop        = ["all"]
        security_opt    = ["no-new-privileges"]

        mount {
          type   = "tmpfs"
          target = "/tmp"
        }
      }

      template {
        destination = "secrets/consul.env"
        env         = true
        data        = "CONSUL_HTTP_TOKEN={{ with nomadVar \"nomad/jobs/fieldkeep\" }}{{ .consul_token }}{{ end }}\n"
      }

      env {
        CONSUL_HTTP_ADDR = "https://consul.example.com:8501"
      }

      resources {
        cpu    = 100
        memory = 512
      }
    }
  }
}
