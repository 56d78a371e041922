ui            = true
disable_mlock = true

listener "tcp" {
  address     = "0.0.0.0:8200"
  tls_disable = true
}

storage "raft" {
  path = "/vault/data"

  retry_join {
    leader_api_addr = "http://vault-0.vault:8200"
  }
}
