// Who the parts are: one identity for each host, and one for both as which they sign in to PostgreSQL.

@description('Name of this installation.')
param environmentName string

@description('Azure region.')
param location string

@description('Tags of each resource.')
param tags object

@description('An identity, as the modules that use it need it.')
@export()
type identityType = {
  @description('Name of the resource; for PostgreSQL, the role\'s name.')
  name: string

  @description('Id of the resource, for what it is assigned to.')
  id: string

  @description('Id by which a process that has several picks this one.')
  clientId: string

  @description('Id that roles are given to.')
  principalId: string
}

resource api 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-${environmentName}-api'
  location: location
  tags: tags
}

resource supervisor 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-${environmentName}-supervisor'
  location: location
  tags: tags
}

resource database 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-${environmentName}-database'
  location: location
  tags: tags
}

@description('Of the Function App.')
output api identityType = {
  name: api.name
  id: api.id
  clientId: api.properties.clientId
  principalId: api.properties.principalId
}

@description('Of the supervisors.')
output supervisor identityType = {
  name: supervisor.name
  id: supervisor.id
  clientId: supervisor.properties.clientId
  principalId: supervisor.properties.principalId
}

@description('The platform\'s role in PostgreSQL.')
output database identityType = {
  name: database.name
  id: database.id
  clientId: database.properties.clientId
  principalId: database.properties.principalId
}
