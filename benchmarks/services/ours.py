from ours_service import Service

handler = Service()
