// The built-in roles that are given here, and what each of them lets somebody do. The ids are the same in every tenant.

@description('Ids of built-in roles.')
@export()
var roles = {
  // Read the values of secrets, nothing else of the vault.
  keyVaultSecretsUser: '4633458b-17de-408a-b874-0445c86b69e6'

  // Read, write and delete blobs, and set their owners. The Functions host wants this one, for its locks and its packages.
  storageBlobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'

  // Read, write and delete blobs.
  storageBlobDataContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'

  // Read blobs.
  storageBlobDataReader: '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'

  // Make and delete queues, and put, take and delete messages.
  storageQueueDataContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'

  // Pull images.
  acrPull: '7f951dda-4ed3-4680-a7ca-43fe172d538d'

  // Send telemetry.
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
}

@description('Id of a role\'s definition, by the role\'s own.')
@export()
func definitionOf(role string) string => subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
